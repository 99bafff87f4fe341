import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SafeFolder } from '../../../src/restore/safe-folder.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function folderIn(t: TestContext): Promise<{ outside: string; root: string; folder: SafeFolder }> {
  const outside = tempDir(t);
  const root = join(outside, 'root');
  return { outside, root, folder: await SafeFolder.open(root, true) };
}

const write = (folder: SafeFolder, path: string, text = 'x'): Promise<unknown> =>
  folder.writeFile(
    path,
    1_000_000_000_000,
    () => undefined,
    async (file) => {
      await file.writeFile(text);
    },
  );

test('a file is there whole, with its time, in place of an older one', async (t) => {
  const { root, folder } = await folderIn(t);
  await write(folder, 'a/b/c', 'old');
  await write(folder, 'a/b/c', 'new');
  assert.equal(readFileSync(join(root, 'a/b/c'), 'utf8'), 'new');
  assert.equal(statSync(join(root, 'a/b/c')).mtimeMs, 1_000_000_000_000);
  assert.deepEqual(readdirSync(join(root, 'a/b')), ['c']);
});

test('what fails half-way leaves the older file, and nothing else', async (t) => {
  const { root, folder } = await folderIn(t);
  await write(folder, 'f', 'old');
  const failing = folder.writeFile(
    'f',
    0,
    () => undefined,
    async (file) => {
      await file.writeFile('half');
      throw new Error('cut off');
    },
  );
  await assert.rejects(failing, { code: 'FAILED', message: /cut off/ });
  assert.equal(readFileSync(join(root, 'f'), 'utf8'), 'old');
  assert.deepEqual(readdirSync(root), ['f']);
});

test('no symlink is followed, planted before or in between (trap 25)', async (t) => {
  const { outside, root, folder } = await folderIn(t);
  const elsewhere = join(outside, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(root, 'link'));
  await assert.rejects(write(folder, 'link/f'), { code: 'FAILED', message: /no folder/ });
  // A symlink of the file's own name is replaced, not written through.
  writeFileSync(join(outside, 'target'), 'untouched');
  symlinkSync(join(outside, 'target'), join(root, 'f'));
  await write(folder, 'f');
  assert.equal(readFileSync(join(outside, 'target'), 'utf8'), 'untouched');
  // A folder that was good becomes one.
  await write(folder, 'd/1');
  rmSync(join(root, 'd'), { recursive: true });
  symlinkSync(elsewhere, join(root, 'd'));
  await assert.rejects(write(folder, 'd/2'), { code: 'FAILED' });
  assert.deepEqual(
    readdirSync(elsewhere).filter((name) => !name.startsWith('.tmp-')),
    [],
  );
});

test('a file in the way of a folder is named', async (t) => {
  const { folder } = await folderIn(t);
  await write(folder, 'a');
  await assert.rejects(write(folder, 'a/b'), { code: 'FAILED', message: /"a/ });
});

test('a directory whose parent is missing, or that is a file, is refused', async (t) => {
  const { outside } = await folderIn(t);
  await assert.rejects(SafeFolder.open(join(outside, 'no', 'no'), true), { code: 'USAGE' });
  writeFileSync(join(outside, 'file'), '');
  await assert.rejects(SafeFolder.open(join(outside, 'file'), true), { code: 'USAGE', message: /file/ });
});
