/** Reads a file that others may be writing: what is read is one state of it, or an error says that it is none. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { readlink, lstat } from 'node:fs/promises';
import { BackupError, systemErrorCode } from '../errors.ts';
import { isSameState, stateOf, type FileState } from './file-state.ts';

const readBytes = 256 * 1024;

/** Not there any more, or no file any more. */
export function vanishedError(path: string, cause?: unknown): BackupError {
  return new BackupError('FAILED', `${path} was gone before it could be read.`, {
    cause: Object.assign(new Error('gone', { cause }), { name: 'VANISHED' }),
  });
}

export function changedError(path: string): BackupError {
  return new BackupError('FAILED', `${path} was being changed all the time, so it was not uploaded.`, {
    hint: 'It is tried again with the next run.',
    cause: Object.assign(new Error('changed while it was read'), { name: 'CHANGED' }),
  });
}

/** Somebody is about to write it: it waits, and that is no failure. */
export function busyError(path: string): BackupError {
  return new BackupError('FAILED', `${path} is being written, so it was left alone for now.`, {
    cause: Object.assign(new Error('not quiet yet'), { name: 'BUSY' }),
  });
}

/** Runs `work` on an open file and its state. @throws BackupError naming the path where it cannot be read, also from within `work` */
export async function withFile<T>(
  path: string,
  follows: boolean,
  work: (handle: FileHandle, state: FileState) => Promise<T>,
): Promise<T> {
  // What was a file a moment ago may be a pipe by now: opening one would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follows ? 0 : constants.O_NOFOLLOW);
  try {
    const handle = await open(path, flags);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw vanishedError(path);
      return await work(handle, stateOf(stats));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** On network file systems ESTALE: the file that was opened is gone. */
const gone: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE'];

/** What users see where a file cannot be read. What is no error of the system leaves as it is. */
export function readError(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || code.startsWith('ERR_') || error instanceof BackupError) return error;
  // As a file that is sent says it (s3/file-stream.ts).
  if (code === 'CHANGED') return changedError(path);
  if (gone.includes(code)) return vanishedError(path, error);
  const isDenied = code === 'EACCES' || code === 'EPERM';
  return new BackupError('FAILED', `${path} cannot be read (${code}).`, {
    hint: isDenied
      ? 'Let the user that runs this command read it, or leave it out with Exclude.'
      : 'Look whether its disk is in order; it is tried again with the next run.',
    cause: Object.assign(new Error(code, { cause: error }), { name: code }),
  });
}

/** Whether the open file still is what it was; what its path leads to by now is not looked at. */
export async function isUnchanged(handle: FileHandle, state: FileState): Promise<boolean> {
  return isSameState(stateOf(await handle.stat()), state);
}

/** The whole content; undefined where it is not of the size that its state says. */
export async function readWhole(handle: FileHandle, sizeBytes: number): Promise<Buffer | undefined> {
  const content = Buffer.allocUnsafe(sizeBytes);
  for (let done = 0; done < sizeBytes;) {
    const { bytesRead } = await handle.read(content, done, sizeBytes - done, done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return content;
}

/** The content in pieces, each valid until the next one is asked for. */
export async function* readPieces(handle: FileHandle): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, readBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What a symbolic link says, as the content of an object. */
export async function readLink(path: string): Promise<{ target: Buffer; state: FileState }> {
  try {
    const stats = await lstat(path);
    if (!stats.isSymbolicLink()) throw vanishedError(path);
    return { target: await readlink(path, { encoding: 'buffer' }), state: stateOf(stats) };
  } catch (error) {
    throw readError(path, error);
  }
}
