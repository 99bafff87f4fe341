import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { compareKeys } from '../../../src/key-order.ts';
import { Scope } from '../../../src/sync/scope.ts';
import type { SourceEntry, SourceProblem } from '../../../src/sync/source.ts';
import { walk, type WalkOptions } from '../../../src/sync/walk.ts';
import { Random } from '../../support/random.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function walkAll(root: string, options: Partial<WalkOptions> = {}, under = '') {
  const told: string[] = [];
  const tell = (what: string) => (problem: SourceProblem) =>
    void told.push(`${what} ${problem.key} ${problem.code}`);
  const entries: SourceEntry[] = [];
  const watch = { unreadable: tell('unreadable'), failed: tell('failed'), skipped: tell('skipped') };
  const signal = new AbortController().signal;
  const usual = { root, symlinks: 'skip', scope: new Scope({ exclude: [] }), watch, signal } as const;
  for await (const batch of walk(under, { ...usual, onMountPoint: () => {}, ...options }))
    entries.push(...batch);
  return { told, entries, keys: entries.filter(({ isSkipped }) => !isSkipped).map(({ key }) => key) };
}

function treeOf(t: TestContext, files: readonly string[]): string {
  const root = tempDir(t);
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  return root;
}

test('entries come in the order of their keys, whatever the tree', async (t) => {
  const random = new Random(7);
  const letters = ['a', 'b', '.', '-', '0', 'ü', '\uffee', '\u{1F600}', ' ', '!'];
  for (let round = 0; round < 15; round++) {
    const files = new Set<string>();
    for (let n = 0; n < 60; n++) {
      const depth = 1 + random.below(3);
      const part = () =>
        `x${Array.from({ length: random.below(3) }, () => letters[random.below(10)]).join('')}`;
      files.add(Array.from({ length: depth }, part).join('/'));
    }
    // No name can be a file and a folder.
    const all = [...files].filter((file) => ![...files].some((other) => other.startsWith(`${file}/`)));
    const root = treeOf(t, all);
    const { keys, told } = await walkAll(root);
    assert.deepEqual(keys, all.toSorted(compareKeys));
    assert.deepEqual(told, []);
  }
});

test('a part of the tree, and one that is gone', async (t) => {
  const root = treeOf(t, ['a/b', 'a/c/d', 'a.b']);
  assert.deepEqual((await walkAll(root, {}, 'a/')).keys, ['a/b', 'a/c/d']);
  assert.deepEqual(await walkAll(root, {}, 'x/'), { told: [], entries: [], keys: [] });
});

test('what has no place in a bucket is noted, and its keys are left alone', async (t) => {
  const root = treeOf(t, ['file', 'folder/x']);
  execFileSync('mkfifo', [join(root, 'pipe')]);
  symlinkSync('file', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'broken'));
  const skipping = await walkAll(root);
  assert.deepEqual(skipping.keys, ['file', 'folder/x']);
  assert.deepEqual(skipping.told.sort(), [
    'skipped broken SYMLINK',
    'skipped link SYMLINK',
    'skipped pipe SPECIAL',
  ]);
  const left = skipping.entries.filter(({ isSkipped }) => isSkipped).map(({ key }) => key);
  assert.deepEqual(left, ['broken', 'broken/', 'link', 'link/', 'pipe']);
  const following = await walkAll(root, { symlinks: 'follow' });
  assert.deepEqual(following.keys, ['file', 'folder/x', 'link']);
  assert.deepEqual((await walkAll(root, { symlinks: 'store' })).keys, ['broken', 'file', 'folder/x', 'link']);
});

test('what links bring that lead nowhere is left alone, folders with all beneath', async (t) => {
  const root = treeOf(t, ['file']);
  symlinkSync('nowhere', join(root, 'link'));
  const { entries, told } = await walkAll(root, { symlinks: 'follow' });
  const left = entries.filter(({ isSkipped }) => isSkipped).map(({ key }) => key);
  assert.deepEqual([left, told], [['link', 'link/'], ['skipped link SYMLINK']]);
});

test('what a link leads to decides whether a pattern is held against it', async (t) => {
  const root = treeOf(t, ['own/a.jpg', 'x.jpg', 'x.txt']);
  const elsewhere = treeOf(t, ['b.jpg', 'b.txt']);
  symlinkSync(elsewhere, join(root, 'folder'));
  symlinkSync(elsewhere, join(root, 'no'));
  symlinkSync(join(root, 'x.txt'), join(root, 'link.txt'));
  symlinkSync(join(root, 'x.jpg'), join(root, 'link.jpg'));
  symlinkSync('nowhere', join(root, 'away'));
  const scope = new Scope({ exclude: [/^no\/$/], filePattern: '*.jpg' });
  const left = ({ entries }: { entries: SourceEntry[] }) =>
    entries.filter(({ isSkipped }) => isSkipped).map(({ key }) => key);
  const following = await walkAll(root, { symlinks: 'follow', scope });
  assert.deepEqual(following.keys, ['folder/b.jpg', 'link.jpg', 'own/a.jpg', 'x.jpg']);
  assert.deepEqual([following.told, left(following)], [['skipped away SYMLINK'], ['away', 'away/']]);
  const skipping = await walkAll(root, { scope });
  assert.deepEqual(skipping.keys, ['own/a.jpg', 'x.jpg']);
  assert.deepEqual(skipping.told.toSorted(), [
    'skipped away SYMLINK',
    'skipped folder SYMLINK',
    'skipped link.jpg SYMLINK',
  ]);
  const storing = await walkAll(root, { symlinks: 'store', scope });
  assert.deepEqual([storing.keys, storing.told], [['link.jpg', 'own/a.jpg', 'x.jpg'], []]);
});

test('circles of links end', async (t) => {
  const root = treeOf(t, ['a/file']);
  symlinkSync('..', join(root, 'a/up'));
  const { keys, told } = await walkAll(root, { symlinks: 'follow' });
  assert.deepEqual([keys, told], [['a/file'], ['skipped a/up/ CIRCLE']]);
});

test('names that are not UTF-8 are told from those that hold U+FFFD', async (t) => {
  const root = treeOf(t, ['good', 'odd\ufffd']);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/odd`), Buffer.from([0xff])]), 'x');
  const { keys, told } = await walkAll(root);
  assert.deepEqual([keys, told], [['good', 'odd\ufffd'], ['failed odd\ufffd NOT_UTF8']]);
});

test('names that are not UTF-8 fail only where they are the business of the site', async (t) => {
  const root = treeOf(t, ['good.jpg']);
  const named = (name: string) =>
    Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff]), Buffer.from(name)]);
  for (const name of ['a.jpg', 'b.txt', 'c.tmp']) writeFileSync(named(name), 'x');
  for (const name of ['folder', 'cache']) mkdirSync(named(name));
  symlinkSync(root, named('link'));
  const exclude = [/\.tmp$/, /cache\/$/];
  const pattern = await walkAll(root, { scope: new Scope({ exclude, filePattern: '*.jpg' }) });
  assert.deepEqual(pattern.told.toSorted(), [
    'failed \ufffda.jpg NOT_UTF8',
    'failed \ufffdfolder NOT_UTF8',
    'failed \ufffdlink NOT_UTF8',
  ]);
  const flat = new Scope({ exclude, filePattern: '*.jpg', rotate: 1 });
  assert.deepEqual((await walkAll(root, { scope: flat })).told, ['failed \ufffda.jpg NOT_UTF8']);
});

test('excluded folders are not entered', async (t) => {
  const root = treeOf(t, ['keep/a', 'lost/b']);
  const { keys } = await walkAll(root, { scope: new Scope({ exclude: [/^lost\/$/] }) });
  assert.deepEqual(keys, ['keep/a']);
});

test('what vanishes meanwhile is noted, and its keys are left alone', async (t) => {
  const files = Array.from({ length: 1200 }, (_, n) => `f${String(n).padStart(4, '0')}`);
  const root = treeOf(t, [...files, 'z/file']);
  const watch = { unreadable: () => assert.fail(), failed: () => assert.fail(), skipped: () => {} };
  const options = { root, symlinks: 'skip', scope: new Scope({ exclude: [] }), watch } as const;
  const seen: SourceEntry[] = [];
  const signal = new AbortController().signal;
  for await (const batch of walk('', { ...options, signal, onMountPoint: () => {} })) {
    if (seen.length === 0)
      for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
    seen.push(...batch);
  }
  assert.equal(seen.length, 1201);
  assert.deepEqual(seen.at(-1), { key: 'z/', sizeBytes: 0, modifiedMs: 0, changedMs: 0, isSkipped: true });
  assert.equal(seen[1100]?.isSkipped, true);
});
