import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Site } from '../../../src/config/config.ts';
import { Bucket } from '../../../src/s3/open-bucket.ts';
import { openSite } from '../../../src/sync/open-site.ts';
import type { OpenSite, SiteResult, SyncOptions } from '../../../src/sync/site-sync.ts';
import { bucketAt, startEmbedded, TEST_CREDENTIALS } from '../../support/embedded.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';

const usual: SyncOptions = { dryRun: false };
const { signal } = new AbortController();

async function opened(
  t: TestContext,
  changes: Partial<Site> = {},
  bucket = 'b',
  perFolder: Pick<Site['destination'], 'bucketPerFolder'> = {},
) {
  const embedded = await startEmbedded();
  t.after(() => embedded.stop());
  const { server } = embedded;
  server.buckets.create('b');
  const folder = tempDir(t);
  const root = join(folder, 'src');
  mkdirSync(root);
  const location = { bucket, region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true };
  const site: Site = {
    name: 's',
    source: { kind: 'directory', path: root },
    destination: { location: { ...location, credentials: TEST_CREDENTIALS }, prefix: 'p/', ...perFolder },
    retireDeleted: 'delete',
    exclude: [/\.tmp$/],
    chunkSizeBytes: 1024 ** 3,
    compare: 'mtime',
    watchIntervalMs: 1000,
    symlinks: 'skip',
    ...changes,
  };
  // Far ahead of the files, so that their states count as settled.
  const clock = new ManualClock(Date.parse('2100-01-01T00:00:00Z'));
  const open = (opening = {}): Promise<OpenSite> =>
    openSite(
      site,
      {
        stateDir: join(folder, 'state'),
        clock,
        observer: { log: silentLog, progress: () => undefined },
        concurrency: 8,
        openBucket: async (place) => new Bucket({ ...place, retry: { baseDelayMs: 1 } }),
      },
      opening,
    );
  const write = (key: string, content = key): void => {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), content);
  };
  const remove = (key: string): void => rmSync(join(root, key), { recursive: true });
  const keys = (): string[] =>
    [...server.buckets.versions('b')]
      .filter((version) => version.isLatest && !version.isDeleteMarker)
      .map(({ key }) => key);
  return { server, clock, open, write, remove, keys, root, sites: join(folder, 'state/sites') };
}

function done({ uploaded, same, deleted, tagged, failed, error }: SiteResult) {
  return { uploaded, same, deleted, tagged, failed, error: error?.code };
}

const nothing = { uploaded: 0, same: 0, deleted: 0, tagged: 0, failed: 0, error: undefined };

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

test('a server that is away ends a sync, though something was brought before', async (t) => {
  const { server, open, write } = await opened(t);
  for (let n = 0; n < 100; n++) write(`f${n}`);
  const site = await open();
  t.after(() => site.close());
  server.faults.add({ kind: 'reset-before', operation: 'PutObject', skip: 5 });
  const { uploaded, failed, error } = await site.sync(usual, signal);
  assert.equal(error?.code, 'S3_UNREACHABLE');
  assert.ok(uploaded === 5 && failed < 40, `${uploaded} ${failed}`);
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

test('parts are guarded as the whole is', async (t) => {
  const { open, write, remove, keys, root } = await opened(t);
  const all = Array.from({ length: 20 }, (_, n) => `a/${n}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  remove('a');
  const never = { ...usual, confirm: async () => false };
  const refused = { ...nothing, error: 'REFUSED' };
  assert.deepEqual(done(await site.syncKeys(feed, all, never, signal)), refused);
  assert.deepEqual(done(await site.syncFolder(feed, 'a/', { ...usual, maxDelete: 19 }, signal)), refused);
  rmSync(root, { recursive: true });
  assert.deepEqual(done(await site.syncKeys(feed, all, usual, signal)), refused);
  assert.deepEqual(done(await site.syncFolder(feed, 'a/', usual, signal)), refused);
  mkdirSync(root);
  assert.deepEqual(done(await site.syncKeys(feed, all, usual, signal)), refused);
  assert.equal(keys().length, 20);
  assert.equal((await site.syncKeys(feed, all, { ...usual, force: true }, signal)).deleted, 20);
});

test('parts are guarded together until all is compared', async (t) => {
  const { open, write, remove, keys } = await opened(t);
  const all = Array.from({ length: 40 }, (_, n) => `a/${n + 10}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const never = { ...usual, confirm: async () => false };
  const step = async (from: number, to: number): Promise<string | undefined> => {
    for (const key of all.slice(from, to)) remove(key);
    return (await site.syncKeys(feed, all.slice(from, to), never, signal)).error?.code;
  };
  assert.equal(await step(0, 15), undefined);
  assert.equal(await step(15, 20), undefined);
  assert.equal(await step(20, 21), 'REFUSED');
  assert.equal(keys().length, 20);
  // One of twenty, by itself.
  assert.deepEqual(done(await site.sync(never, signal)), { ...nothing, same: 19, deleted: 1 });
  assert.equal(await step(21, 23), undefined);
});

test('a file that is back before its object goes keeps it', async (t) => {
  const { open, write, remove, keys } = await opened(t);
  for (const key of ['a', 'b', 'c']) write(key);
  const site = await open();
  t.after(() => site.close());
  const many = Array.from({ length: 12 }, (_, n) => `x/${n}`);
  for (const key of many) write(key);
  await site.sync(usual, signal);
  remove('x');
  remove('a');
  // Between the plan and the deletions.
  const confirm = async (): Promise<boolean> => {
    write('a');
    return true;
  };
  const again: string[] = [];
  const quiet = { forMs: -Infinity, onDeferred: (_feed: unknown, key: string) => void again.push(key) };
  const result = await site.sync({ ...usual, confirm, quiet }, signal);
  assert.deepEqual(done(result), { ...nothing, same: 2, deleted: 12 });
  assert.deepEqual(
    result.skips.map(({ key, code }) => [key, code]),
    [['p/a', 'CAME_BACK']],
  );
  assert.deepEqual(again, ['a']);
  assert.deepEqual(keys(), ['p/a', 'p/b', 'p/c']);
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

test('a bucket that could be made and not set up is set up by the next run, before anything is in it', async (t) => {
  const { server, open, write } = await opened(t, { noncurrentExpirationDays: 30 }, 'made');
  write('a');
  const site = await open();
  t.after(() => site.close());
  for (const operation of ['PutBucketLifecycleConfiguration', 'PutBucketVersioning'] as const) {
    const fault = server.faults.add({ kind: 'access-denied', operation });
    const { uploaded, failed, error } = await site.sync(usual, signal);
    assert.equal(uploaded, 0);
    assert.ok(failed > 0 || error?.code === 'ACCESS_DENIED');
    server.faults.remove(fault.id);
  }
  assert.equal((await site.sync(usual, signal)).uploaded, 1);
  const bucket = bucketAt(server, 'made');
  t.after(() => bucket.close());
  assert.equal(await bucket.versioning(), 'enabled');
  assert.deepEqual(
    (await bucket.lifecycleRules()).map(({ noncurrentDays }) => noncurrentDays),
    [30],
  );
});

test('nothing is brought into a bucket that could be made and not set up, by parts either', async (t) => {
  const { server, open, write } = await opened(t, { noncurrentExpirationDays: 30 }, 'made');
  write('a');
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  const fault = server.faults.add({ kind: 'access-denied', operation: 'PutBucketVersioning' });
  await site.sync(usual, signal);
  for (const part of [
    site.syncKeys(feed, ['a'], usual, signal),
    site.syncFolder(feed, 'd/', usual, signal),
  ]) {
    const { uploaded, error } = await part;
    assert.deepEqual([uploaded, error?.code], [0, 'ACCESS_DENIED']);
  }
  server.faults.remove(fault.id);
  assert.equal((await site.syncKeys(feed, ['a'], usual, signal)).uploaded, 1);
  const bucket = bucketAt(server, 'made');
  t.after(() => bucket.close());
  assert.equal(await bucket.versioning(), 'enabled');
  server.requests.clear();
  write('b');
  assert.equal((await site.syncKeys(feed, ['b'], usual, signal)).uploaded, 1);
  assert.equal(server.requests.counts.get('GetBucketVersioning'), undefined);
});

async function openedFolders(t: TestContext, names: readonly string[]) {
  const folder = tempDir(t);
  const folders = names.map((name) => join(folder, name));
  for (const path of folders) {
    mkdirSync(path);
    writeFileSync(join(path, 'f'), 'f');
  }
  const changes = { source: { kind: 'folders' as const, folders, roots: [] } };
  return { folders, changes };
}

test('a folder whose name makes no bucket keeps no other from being brought', async (t) => {
  const { folders, changes } = await openedFolders(t, ['-', 'good']);
  const { server, open } = await opened(t, changes, '', { bucketPerFolder: '{folder}-1' });
  const site = await open();
  t.after(() => site.close());
  assert.deepEqual(
    site.refused.map(({ source }) => source),
    [folders[0]],
  );
  const { uploaded, error } = await site.sync(usual, signal);
  assert.deepEqual([uploaded, error?.code], [1, 'REFUSED']);
  assert.match(error?.message ?? '', /"--1" for the folder .* is not the name of a bucket/);
  assert.equal([...server.buckets.versions('good-1')].length, 1);
});

test('of what stands against several folders the worst is told', async (t) => {
  const { folders, changes } = await openedFolders(t, ['gone', 'denied', 'good']);
  const { server, open } = await opened(t, changes);
  rmSync(folders[0] ?? '', { recursive: true });
  server.faults.add({ kind: 'access-denied', operation: 'ListObjectsV2', times: 1 });
  const site = await open();
  t.after(() => site.close());
  const { uploaded, error } = await site.sync(usual, signal);
  assert.deepEqual([uploaded, error?.code], [1, 'ACCESS_DENIED']);
});

test('with rotation, a part is the whole', async (t) => {
  const { open, write, keys } = await opened(t, { rotate: 2, filePattern: '*.dump' });
  for (const key of ['1.dump', '2.dump']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  write('3.dump');
  const result = await site.syncKeys(feed, ['3.dump'], usual, signal);
  assert.deepEqual([result.uploaded, result.deleted, result.filesDeleted], [1, 1, 1]);
  assert.deepEqual(keys(), ['p/2.dump', 'p/3.dump']);
});

test('rotation lets nothing go, here or in the bucket, before all that stays is there', async (t) => {
  const { open, write, remove, keys, root } = await opened(t, { rotate: 2 });
  for (const key of ['0.dump', '1.dump']) write(key);
  const site = await open();
  t.after(() => site.close());
  await site.sync(usual, signal);
  write('2.dump');
  write('3.dump');
  remove('0.dump');
  const quiet = { forMs: Infinity, onDeferred: () => {} };
  const waiting = await site.sync({ ...usual, quiet }, signal);
  assert.deepEqual([waiting.deleted, waiting.filesDeleted], [1, 0]);
  assert.deepEqual(
    waiting.skips.map(({ code }) => code),
    ['ROTATION_WAITS'],
  );
  assert.deepEqual([keys(), readdirSync(root)], [['p/1.dump'], ['1.dump', '2.dump', '3.dump']]);
  const { deleted, filesDeleted } = await site.sync(usual, signal);
  assert.deepEqual([deleted, filesDeleted], [1, 1]);
  assert.deepEqual(
    [keys(), readdirSync(root)],
    [
      ['p/2.dump', 'p/3.dump'],
      ['2.dump', '3.dump'],
    ],
  );
});

test('the lock is held until the site is closed', async (t) => {
  const { open } = await opened(t);
  const first = await open();
  await assert.rejects(open(), { code: 'LOCKED' });
  await first.close();
  await (await open()).close();
});

test('what was modified before the window is left as it is', async (t) => {
  const { open, write, remove, keys } = await opened(t, { modifiedWithinMs: 1000 });
  write('old');
  const site = await open();
  t.after(() => site.close());
  // By the clock of the test, every file is old.
  assert.deepEqual(done(await site.sync(usual, signal)), nothing);
  const [feed] = site.feeds;
  assert.ok(feed);
  assert.deepEqual(done(await site.syncKeys(feed, ['old'], usual, signal)), nothing);
  remove('old');
  assert.deepEqual(keys(), []);
});

test('rotation of many at once asks nobody', async (t) => {
  const { open, write, root } = await opened(t, { rotate: 2 });
  for (let n = 10; n < 40; n++) write(`${n}.dump`);
  const site = await open();
  t.after(() => site.close());
  const result = await site.sync({ ...usual, confirm: async () => false }, signal);
  assert.deepEqual([result.error, result.uploaded, result.filesDeleted], [undefined, 2, 28]);
  assert.deepEqual(readdirSync(root), ['38.dump', '39.dump']);
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
