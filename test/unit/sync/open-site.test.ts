import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bucketAt } from '../../support/embedded.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { usual, opened, done, nothing, signal } from './open-site-support.ts';

test('single files: new, changed, the same, gone; and none that is no business of the site', async (t) => {
  const { server, open, write, remove, keys } = await opened(t);
  for (const key of ['a', 'b', 'c/d', 'c/e', 'f']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  assert.equal((await site.sync(usual, signal)).uploaded, 5);
  write('a', 'changed');
  write('new');
  write('no.tmp');
  remove('c/d');
  server.requests.clear();
  const touched = ['a', 'b', 'c/d', 'new', 'no.tmp', 'never', '../outside', 'c', 'a'];
  const result = await site.syncKeys(feed, touched, usual, signal);
  assert.deepEqual(done(result), { ...nothing, uploaded: 2, same: 1, deleted: 1 });
  assert.deepEqual(keys(), ['p/a', 'p/b', 'p/c/e', 'p/f', 'p/new']);
  assert.equal(server.requests.counts.get('ListObjectsV2'), undefined);
  assert.equal(server.requests.counts.get('PutObject'), 2);
});

test('a file that was left alone at first and is gone then takes its object along, though nothing was remembered of it', async (t) => {
  const { open, write, remove, keys, sites } = await opened(t);
  for (const key of ['a', 'b']) write(key);
  const before = await open();
  await before.sync(usual, signal);
  await before.close();
  // As after a kill: the objects are there.
  for (const name of readdirSync(sites)) rmSync(join(sites, name));
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  const deferred: string[] = [];
  const quiet = { forMs: Infinity, onDeferred: (_feed: unknown, key: string) => void deferred.push(key) };
  assert.deepEqual(done(await site.sync({ ...usual, quiet }, signal)), nothing);
  assert.deepEqual(deferred, ['a', 'b']);
  remove('a');
  const result = await site.syncKeys(feed, ['a', 'b', 'never'], usual, signal);
  assert.deepEqual(done(result), { ...nothing, same: 1, deleted: 1 });
  assert.deepEqual(keys(), ['p/b']);
});

test('what was done though its answer was lost is found: an upload by its deletion, a deletion by the next upload', async (t) => {
  const { server, open, write, remove, keys, root } = await opened(t);
  for (const key of ['a', 'b']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  server.faults.add({ kind: 'reset-after', operation: 'PutObject', key: 'p/new' });
  write('new');
  assert.equal((await site.syncKeys(feed, ['new'], usual, signal)).failed, 1);
  assert.deepEqual(keys(), ['p/a', 'p/b', 'p/new']);
  remove('new');
  assert.equal((await site.syncKeys(feed, ['new'], usual, signal)).deleted, 1);
  server.faults.add({ kind: 'reset-after', operation: 'DeleteObjects' });
  renameSync(join(root, 'a'), join(root, '../aside'));
  assert.equal((await site.syncKeys(feed, ['a'], usual, signal)).error?.code, 'S3_UNREACHABLE');
  assert.deepEqual(keys(), ['p/b']);
  server.faults.clear();
  renameSync(join(root, '../aside'), join(root, 'a'));
  assert.equal((await site.syncKeys(feed, ['a'], usual, signal)).uploaded, 1);
  assert.deepEqual(keys(), ['p/a', 'p/b']);
});

test('a folder alone, also one that is gone', async (t) => {
  const { server, open, write, remove, keys } = await opened(t);
  for (const key of ['a/1', 'a/2', 'ab', 'b/1', 'b/2']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  remove('a/1');
  write('a/3');
  remove('b');
  server.requests.clear();
  const inA = await site.syncFolder(feed, 'a/', usual, signal);
  assert.deepEqual(done(inA), { ...nothing, uploaded: 1, same: 1, deleted: 1 });
  assert.deepEqual(keys(), ['p/a/2', 'p/a/3', 'p/ab', 'p/b/1', 'p/b/2']);
  const inB = await site.syncFolder(feed, 'b/', usual, signal);
  assert.deepEqual(done(inB), { ...nothing, deleted: 2 });
  assert.deepEqual(keys(), ['p/a/2', 'p/a/3', 'p/ab']);
});

for (const symlinks of ['skip', 'store'] as const)
  test(`a link in the place of a folder leads nobody out of the source (${symlinks})`, async (t) => {
    const { open, write, remove, keys, root } = await opened(t, { symlinks });
    for (const key of ['a/b/own', 'z']) write(key);
    const site = await open();
    t.after(() => site.close());
    const [feed] = site.feeds;
    assert.ok(feed);
    await site.sync(usual, signal);
    const elsewhere = tempDir(t);
    mkdirSync(join(elsewhere, 'b'));
    for (const name of ['passwords', 'b/passwords']) writeFileSync(join(elsewhere, name), 'x');
    remove('a');
    symlinkSync(elsewhere, join(root, 'a'));
    for (const folder of ['a/', 'a/b/']) {
      const result = await site.syncFolder(feed, folder, usual, signal);
      assert.equal(result.uploaded, 0);
      if (symlinks === 'skip')
        assert.deepEqual(
          result.skips.map(({ code }) => code),
          ['SYMLINK'],
        );
    }
    assert.deepEqual(keys(), symlinks === 'skip' ? ['p/a/b/own', 'p/z'] : ['p/z']);
  });

test('an object that somebody else has deleted is brought again, also after its file was left alone for now', async (t) => {
  const { server, open, write, keys } = await opened(t);
  for (const key of ['a', 'b']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const bucket = bucketAt(server, 'b');
  t.after(() => bucket.close());
  await bucket.deleteKeys(['p/a']);
  const quiet = { forMs: Infinity, onDeferred: () => {} };
  assert.deepEqual(done(await site.sync({ ...usual, quiet }, signal)), { ...nothing, same: 1 });
  assert.equal((await site.syncKeys(feed, ['a'], usual, signal)).uploaded, 1);
  assert.deepEqual(keys(), ['p/a', 'p/b']);
});

test('what came or went meanwhile is told to who watches, and with whole keys in the result', async (t) => {
  const { open, write, remove, root, clock } = await opened(t);
  write('b');
  await new Promise((resolve) => setTimeout(resolve, 20));
  write('a');
  const site = await open();
  t.after(() => site.close());
  const again: string[] = [];
  const quiet = {
    forMs: clock.nowMs() - lstatSync(join(root, 'a')).ctimeMs + 1,
    onDeferred: (_feed: unknown, key: string): void => {
      // It is being left alone for now, and the next one vanishes between its listing and its reading.
      if (key === 'a') remove('b');
      again.push(key);
    },
  };
  const first = await site.sync({ ...usual, quiet }, signal);
  assert.deepEqual(again, ['a', 'b']);
  assert.deepEqual(
    first.skips.map(({ key, code }) => [key, code]),
    [['p/b', 'VANISHED']],
  );
});

test('a folder in the place of a file takes the object of the file along', async (t) => {
  const { open, write, remove, keys } = await opened(t);
  for (const key of ['a', 'b']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  remove('a');
  write('a/inside');
  assert.equal((await site.syncKeys(feed, ['a', 'a/inside'], usual, signal)).deleted, 1);
  assert.deepEqual(keys(), ['p/a/inside', 'p/b']);
});

test('what links brought stays while they lead nowhere, and goes with them', async (t) => {
  const { open, write, remove, keys, root } = await opened(t, { symlinks: 'follow' });
  write('file');
  const disk = join(tempDir(t), 'disk');
  mkdirSync(disk);
  writeFileSync(join(disk, 'x'), 'x');
  symlinkSync(disk, join(root, 'link'));
  symlinkSync(join(disk, 'x'), join(root, 'single'));
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  assert.equal((await site.sync(usual, signal)).uploaded, 3);
  renameSync(disk, `${disk}-away`);
  assert.equal((await site.sync(usual, signal)).deleted, 0);
  assert.equal((await site.syncKeys(feed, ['link/x', 'single'], usual, signal)).deleted, 0);
  assert.deepEqual(keys(), ['p/file', 'p/link/x', 'p/single']);
  remove('single');
  assert.equal((await site.syncKeys(feed, ['link/x', 'single'], usual, signal)).deleted, 1);
  remove('link');
  assert.equal((await site.sync(usual, signal)).deleted, 1);
});

for (const isDeferred of [false, true])
  test(`a file that comes back loses the tags of its object, though nobody remembers them${isDeferred ? ', and it waits first' : ''}`, async (t) => {
    const { server, open, write, remove } = await opened(t, { retireDeleted: 'tag' });
    for (const key of ['a', 'b']) write(key);
    const site = await open();
    assert.equal((await site.sync(usual, signal)).uploaded, 2);
    remove('a');
    assert.equal((await site.sync(usual, signal)).tagged, 1);
    await site.close();
    write('a');
    const again = await open({ resetCache: true });
    t.after(() => again.close());
    const quiet = { forMs: Infinity, onDeferred: () => {} };
    if (isDeferred) assert.deepEqual(done(await again.sync({ ...usual, quiet }, signal)), nothing);
    assert.deepEqual(done(await again.sync(usual, signal)), { ...nothing, uploaded: 1, same: 1 });
    const now = [...server.buckets.versions('b')].find(({ key, isLatest }) => key === 'p/a' && isLatest);
    assert.deepEqual(now?.tags, {});
    server.requests.clear();
    assert.equal((await again.sync(usual, signal)).same, 2);
    assert.equal(server.requests.counts.get('GetObjectTagging'), undefined);
  });

test('every object has the same content type, whatever way it went', async (t) => {
  const mebibyte = 1024 ** 2;
  const { server, open, write } = await opened(t, { chunkSizeBytes: 5 * mebibyte });
  for (const [n, sizeBytes] of [1, 1, mebibyte + 1, 5 * mebibyte].entries())
    write(String(n), 'x'.repeat(sizeBytes));
  const site = await open();
  t.after(() => site.close());
  assert.equal((await site.sync(usual, signal)).uploaded, 4);
  const types = [...server.buckets.versions('b')].map(({ headers }) => headers['content-type']);
  assert.deepEqual(
    types,
    Array.from({ length: 4 }, () => 'binary/octet-stream'),
  );
});

test('the lock is held until the site is closed', async (t) => {
  const { open } = await opened(t);
  const first = await open();
  await assert.rejects(open(), { code: 'LOCKED' });
  await first.close();
  await (await open()).close();
});

test('a dry run forgets nothing, and what a killed run left is removed', async (t) => {
  const { server, open, write, sites } = await opened(t);
  write('a');
  const site = await open();
  await site.sync(usual, signal);
  await site.close();
  const [state = ''] = readdirSync(sites).filter((name) => name.endsWith('.sqlite'));
  writeFileSync(join(sites, state.replace('.sqlite', '.retiring-1-1.ndjson')), 'x');
  const dry = await open({ resetCache: true, isDryRun: true });
  assert.equal((await dry.sync({ dryRun: true }, signal)).same, 1);
  await dry.close();
  assert.deepEqual(readdirSync(sites), [state]);
  const again = await open();
  const [feed] = again.feeds;
  assert.ok(feed);
  server.requests.clear();
  assert.equal((await again.syncKeys(feed, ['a'], usual, signal)).same, 1);
  assert.equal(server.requests.counts.size, 0);
  await again.close();
});
