/** Writes a file that may hold secrets: nobody else may read it, and what is there is not overwritten unasked. */
import { open, rename, rm } from 'node:fs/promises';
import { BackupError, systemErrorCode } from '../errors.ts';

const mode = 0o600;

/** @throws BackupError REFUSED where there is a file and `force` is not given; FAILED where it cannot be written */
export async function writeNewFile(path: string, text: string, force: boolean): Promise<void> {
  try {
    if (force) await replace(path, text);
    else await writeWith(path, text, 'wx');
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST' && !force) {
      throw new BackupError('REFUSED', `${path} is there already, and is not overwritten.`, {
        hint: 'Name another file with --output, or add --force to overwrite it.',
        cause: error,
      });
    }
    throw new BackupError(
      'FAILED',
      `${path} cannot be written (${systemErrorCode(error) ?? String(error)}).`,
      {
        hint: 'Name a file with --output in a folder in which this user may write.',
        cause: error,
      },
    );
  }
}

/** The old file stays whole until the new one is, and its mode does not matter. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await rm(temporary, { force: true });
  await writeWith(temporary, text, 'wx');
  await rename(temporary, path);
}

async function writeWith(path: string, text: string, flags: 'wx'): Promise<void> {
  const handle = await open(path, flags, mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
