import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError, systemErrorCode } from '../../../src/errors.ts';
import {
  TemporaryFile,
  createFile,
  listFolder,
  removeTemporaryFiles,
  replaceFile,
} from '../../../src/index/atomic-file.ts';
import { inFolder } from './support.ts';

const CONTENT = Buffer.from('new content');

function snapshotsDirError(cause: string, path: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.code, 'SNAPSHOTS_DIR');
    assert.equal(systemErrorCode(error.cause), cause);
    assert.ok(error.message.includes(path), error.message);
    assert.ok(error.hint);
    return true;
  };
}

test('creates and replaces files, and leaves nothing else', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'a');
    await createFile(path, Buffer.from('old'));
    await replaceFile(path, CONTENT);
    await replaceFile(join(folder, 'b'), CONTENT);
    assert.deepEqual(await readFile(path), CONTENT);
    assert.deepEqual((await readdir(folder)).sort(), ['a', 'b']);
  });
});

test('never creates over an existing file', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'a');
    await writeFile(path, 'old');
    await assert.rejects(createFile(path, CONTENT), snapshotsDirError('EEXIST', path));
    assert.equal(await readFile(path, 'utf8'), 'old');
    assert.deepEqual(await readdir(folder), ['a']);
  });
});

test('of many that create a file at once, one does', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'a');
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => createFile(path, Buffer.from(`${n}`))),
    );
    const winners = results.flatMap((result, n) => (result.status === 'fulfilled' ? [String(n)] : []));
    assert.deepEqual(winners, [await readFile(path, 'utf8')]);
    assert.deepEqual(await readdir(folder), ['a']);
  });
});

test('a write that fails removes its temporary file and names the target', async () => {
  await inFolder(async (folder) => {
    const taken = join(folder, 'taken');
    await mkdir(join(taken, 'inside'), { recursive: true });
    await assert.rejects(replaceFile(taken, CONTENT), snapshotsDirError('EISDIR', taken));
    assert.deepEqual(await readdir(folder), ['taken']);
  });
});

test('a folder that is missing is an error with a hint', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'missing', 'a');
    await assert.rejects(createFile(path, CONTENT), snapshotsDirError('ENOENT', join(folder, 'missing')));
  });
});

test(
  'a folder without the right to write is an error',
  { skip: process.getuid?.() === 0 && 'root may write anywhere' },
  async () => {
    await inFolder(async (folder) => {
      await chmod(folder, 0o500);
      await assert.rejects(createFile(join(folder, 'a'), CONTENT), snapshotsDirError('EACCES', folder));
    });
  },
);

test('a temporary file can be written in pieces, closed and discarded, twice too', async () => {
  await inFolder(async (folder) => {
    const file = await TemporaryFile.create(folder);
    await file.write(Buffer.from('ab'));
    await file.write(Buffer.from('cd'));
    await file.close();
    assert.equal(await readFile(file.path, 'utf8'), 'abcd');
    await file.discard();
    await file.discard();
    assert.deepEqual(await readdir(folder), []);
  });
});

test('clears away temporary files and nothing else', async () => {
  await inFolder(async (folder) => {
    await (await TemporaryFile.create(folder)).close();
    await (await TemporaryFile.create(folder)).close();
    await writeFile(join(folder, 'tmp-kept'), '');
    assert.equal(await removeTemporaryFiles(folder), 2);
    assert.deepEqual(await listFolder(folder), ['tmp-kept']);
    assert.equal(await removeTemporaryFiles(join(folder, 'missing')), 0);
  });
});
