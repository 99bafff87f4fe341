import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
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
  isMirror = false,
  perFolder: Pick<Site['destination'], 'bucketPerFolder'> = {},
) {
  const embedded = await startEmbedded();
  t.after(() => embedded.stop());
  const { server } = embedded;
  for (const name of ['b', 'from']) server.buckets.create(name);
  const hooks = { onProgress: (): void => undefined };
  const folder = tempDir(t);
  const root = join(folder, 'src');
  mkdirSync(root);
  const location = { bucket, region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true };
  const site: Site = {
    name: 's',
    source: isMirror
      ? {
          kind: 'bucket',
          location: { ...location, bucket: 'from', credentials: TEST_CREDENTIALS },
          prefix: 's/',
        }
      : { kind: 'directory', path: root },
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
        observer: { log: silentLog, progress: () => hooks.onProgress() },
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
  return { server, clock, hooks, open, write, remove, keys, root, sites: join(folder, 'state/sites') };
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

test('what fails alike in one folder keeps no other from being brought, nor deletions from being made', async (t) => {
  const { server, open, write, remove, keys } = await opened(t, { workers: 1 });
  for (const key of ['a/first', 'a/gone']) write(key);
  const site = await open();
  t.after(() => site.close());
  await site.sync(usual, signal);
  remove('a/gone');
  for (let n = 0; n < 150; n++) write(`b/${n}`);
  write('c/new');
  for (const [kind, code, status] of [
    ['access-denied', 'AccessDenied', 403],
    ['status', 'InvalidObjectState', 403],
    ['status', 'KeyTooLongError', 400],
  ] as const) {
    const fault = server.faults.add({ kind, code, status, operation: 'PutObject', keyPattern: '^p/b/' });
    const result = await site.sync(usual, signal);
    const { uploaded, failed, error, failures } = result;
    assert.deepEqual([uploaded, failed, error?.code, failures[0]?.code], [1, 150, undefined, code]);
    server.faults.remove(fault.id);
    assert.deepEqual(keys(), ['p/a/first', 'p/c/new']);
    write('c/new', code);
  }
});

test('files that cannot be read are no sign of what the bucket allows', async (t) => {
  const { server, open, write, root } = await opened(t, { workers: 1, symlinks: 'follow' });
  // Of no size by what the system says of it, and then not to be read: also for root.
  for (let n = 0; n < 150; n++) write(`b/${n}`, '');
  write('c/new');
  const site = await open();
  t.after(() => site.close());
  for (let n = 0; n < 99; n++)
    writeFileSync(Buffer.concat([Buffer.from(`${root}/b/odd${n}`), Buffer.from([0xff])]), 'x');
  server.faults.queue({ kind: 'access-denied', operation: 'PutObject' });
  const { uploaded, failed, error } = await site.sync(usual, signal);
  assert.deepEqual([uploaded, failed, error], [150, 100, undefined]);
});

test('a file whose content cannot be read is one that fails, and no end of all', async (t) => {
  const { open, write, root } = await opened(t, { symlinks: 'follow', compare: 'checksum' });
  for (const key of ['a', 'z']) write(key);
  // Of no size, so it is brought; read to its end, it fails with EIO.
  symlinkSync('/proc/self/mem', join(root, 'm'));
  const site = await open();
  t.after(() => site.close());
  assert.deepEqual(done(await site.sync(usual, signal)), { ...nothing, uploaded: 3 });
  const result = await site.sync(usual, signal);
  assert.deepEqual(done(result), { ...nothing, same: 2, failed: 1 });
  assert.deepEqual(
    result.failures.map(({ key, code }) => [key, code]),
    [['p/m', 'EIO']],
  );
});

test('where the first hundred requests are all denied and nothing was ever brought, the rest is not tried', async (t) => {
  const { server, open, write } = await opened(t, { workers: 1 });
  for (let n = 100; n < 300; n++) write(`f${n}`);
  const site = await open();
  t.after(() => site.close());
  server.faults.add({ kind: 'access-denied', operation: 'PutObject' });
  const { uploaded, failed, error } = await site.sync(usual, signal);
  assert.deepEqual([uploaded, failed, error?.code], [0, 100, 'ACCESS_DENIED']);
  assert.match(error?.message ?? '', /^100 in a row failed with AccessDenied, so the rest was not tried/);
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
  // Also with all that is compared after the refusal, until what goes is in order.
  assert.deepEqual(done(await site.sync(never, signal)), { ...nothing, same: 19, error: 'REFUSED' });
  assert.equal(await step(21, 22), 'REFUSED');
  for (const key of all.slice(20, 22)) write(key);
  assert.deepEqual(done(await site.sync(never, signal)), { ...nothing, same: 20 });
  // And the count begins anew.
  assert.equal(await step(20, 25), undefined);
  assert.equal(await step(25, 30), undefined);
  assert.equal(await step(30, 31), 'REFUSED');
  assert.equal(keys().length, 10);
});

test('what others came in the place of is judged by the comparison alone', async (t) => {
  const { open, write, remove, keys } = await opened(t);
  for (let n = 0; n < 20; n++) write(`${n}`);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const never = { ...usual, confirm: async () => false };
  // A folder through which files pass: never more of them, and never fewer.
  let refusals = 0;
  for (let n = 0; n < 100; n++) {
    remove(`${n}`);
    write(`${n + 20}`);
    const { error } = await site.syncKeys(feed, [`${n}`, `${n + 20}`], never, signal);
    if (error?.code !== 'REFUSED') continue;
    refusals += 1;
    assert.deepEqual(done(await site.sync(never, signal)), { ...nothing, same: 20, deleted: 1 });
  }
  assert.ok(refusals > 0 && refusals < 20, `${refusals}`);
  assert.equal(keys().length, 20);
});

test('parts beside each other are guarded together', async (t) => {
  const { server, open, write, remove, keys } = await opened(t);
  const all = Array.from({ length: 400 }, (_, n) => `a/${n}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const never = { ...usual, confirm: async () => false };
  server.faults.add({ kind: 'latency', operation: 'DeleteObjects', delayMs: 200 });
  remove('a');
  write('b');
  const batches = [0, 100, 200, 300].map((from) =>
    site.syncKeys(feed, all.slice(from, from + 100), never, signal),
  );
  const codes = (await Promise.all(batches)).map(({ error }) => error?.code);
  assert.deepEqual(codes.toSorted(), ['REFUSED', 'REFUSED', undefined, undefined]);
  assert.equal(keys().length, 200);
  const again = await site.syncKeys(feed, all, never, signal);
  assert.equal(again.error?.code, 'REFUSED');
});

test('the last files stay, also where they go with parts beside each other', async (t) => {
  const { server, open, write, remove, keys } = await opened(t);
  const all = Array.from({ length: 10 }, (_, n) => `${n}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  server.faults.add({ kind: 'latency', operation: 'DeleteObjects', delayMs: 200 });
  for (const key of all) remove(key);
  const batches = [0, 5].map((from) => site.syncKeys(feed, all.slice(from, from + 5), usual, signal));
  const codes = (await Promise.all(batches)).map(({ error }) => error?.code);
  assert.deepEqual(codes.toSorted(), ['REFUSED', undefined]);
  assert.equal(keys().length, 5);
});

test('what is gone on both sides, or is no business of the site any more, is no object of which half may go', async (t) => {
  const exclude: RegExp[] = [];
  const { server, open, write, remove, keys } = await opened(t, { exclude });
  const all = Array.from({ length: 20 }, (_, n) => `m/${n}`);
  for (let n = 0; n < 30; n++) for (const key of ['a/a', 'm/1', 'x/x', 'z/z']) write(`${key}-${n}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const bucket = bucketAt(server, 'b');
  t.after(() => bucket.close());
  await bucket.deleteKeys(keys().filter((key) => /[-]/.test(key) && !key.startsWith('p/x/')));
  for (const folder of ['a', 'z']) remove(folder);
  for (let n = 0; n < 30; n++) remove(`m/1-${n}`);
  exclude.push(/^x\/$/);
  const never = { ...usual, confirm: async () => false };
  assert.deepEqual(done(await site.sync(never, signal)), { ...nothing, same: 20 });
  for (const key of all.slice(0, 12)) remove(key);
  assert.equal((await site.syncKeys(feed, all.slice(0, 12), never, signal)).error?.code, 'REFUSED');
  assert.equal((await site.syncKeys(feed, all.slice(0, 10), never, signal)).deleted, 10);
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

test('--max-delete counts what goes in parts together', async (t) => {
  const { open, write, remove, keys } = await opened(t);
  const all = Array.from({ length: 20 }, (_, n) => `${n}`);
  for (const key of all) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  for (const key of all.slice(0, 7)) remove(key);
  const most = { ...usual, maxDelete: 5 };
  assert.equal((await site.syncKeys(feed, all.slice(0, 4), most, signal)).deleted, 4);
  assert.equal((await site.syncKeys(feed, all.slice(4, 7), most, signal)).error?.code, 'REFUSED');
  assert.equal((await site.sync(most, signal)).error?.code, 'REFUSED');
  assert.equal(keys().length, 16);
  assert.equal((await site.sync({ ...most, maxDelete: 7 }, signal)).deleted, 3);
  remove('10');
  assert.equal((await site.syncKeys(feed, ['10'], most, signal)).deleted, 1);
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

test('an object that is gone when it is to be tagged is no failure, and asked for no more', async (t) => {
  const { server, open, write, remove } = await opened(t, { retireDeleted: 'tag' });
  for (const key of ['a', 'b']) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  await site.sync(usual, signal);
  const bucket = bucketAt(server, 'b');
  t.after(() => bucket.close());
  await bucket.deleteKeys(['p/a']);
  remove('a');
  assert.deepEqual(done(await site.syncKeys(feed, ['a'], usual, signal)), nothing);
  server.requests.clear();
  assert.deepEqual(done(await site.syncKeys(feed, ['a'], usual, signal)), nothing);
  assert.equal(server.requests.counts.size, 0);
});

test('keys that are longer than S3 takes, with their prefix', async (t) => {
  const { server, open, write, keys } = await opened(t);
  const folder = Array.from({ length: 4 }, () => 'x'.repeat(250)).join('/');
  const [fits, long] = [`${folder}/${'y'.repeat(18)}`, `${folder}/${'ü'.repeat(9)}y`];
  for (const key of [fits, long]) write(key);
  const site = await open();
  t.after(() => site.close());
  const [feed] = site.feeds;
  assert.ok(feed);
  const results = [await site.sync(usual, signal), await site.sync({ dryRun: true }, signal)];
  results.push(await site.syncKeys(feed, [fits, long], usual, signal));
  for (const [index, { uploaded, failures }] of results.entries()) {
    assert.equal(uploaded, index === 0 ? 1 : 0);
    assert.deepEqual(
      failures.map(({ key, code }) => [key, code]),
      [[`p/${long}`, 'KEY_TOO_LONG']],
    );
  }
  assert.deepEqual(keys(), [`p/${fits}`]);
  assert.equal(server.requests.counts.get('PutObject'), 1);
});

for (const retireDeleted of ['keep', 'delete'] as const)
  test(`a disk that is missing is told, also where nothing is to be deleted (${retireDeleted})`, async (t) => {
    const { open, write, sites } = await opened(t, { retireDeleted });
    write('a');
    const site = await open();
    await site.sync(usual, signal);
    await site.close();
    const [state = ''] = readdirSync(sites).filter((name) => name.endsWith('.sqlite'));
    const database = new Database(join(sites, state));
    database.exec(`UPDATE feeds SET needed = '["/nowhere"]'`);
    database.close();
    write('b');
    const again = await open();
    t.after(() => again.close());
    const result = await again.sync(usual, signal);
    assert.deepEqual(done(result), { ...nothing, uploaded: 1, same: 1, error: 'REFUSED' });
    assert.match(result.error?.message ?? '', /^Nothing is mounted at \/nowhere/);
    assert.equal((await again.sync({ dryRun: true }, signal)).error?.code, 'REFUSED');
    assert.equal((await again.sync({ ...usual, force: true }, signal)).error, undefined);
    assert.equal((await again.sync(usual, signal)).error, undefined);
  });

test('a missing disk that was excluded for a while is missed again once it is not', async (t) => {
  const exclude: RegExp[] = [];
  const { open, write, remove, keys, root, sites } = await opened(t, { exclude });
  for (const key of ['a', 'b', 'disk/c']) write(key);
  const run = async () => {
    const site = await open();
    const result = done(await site.sync(usual, signal));
    await site.close();
    return result;
  };
  await run();
  const [state = ''] = readdirSync(sites).filter((name) => name.endsWith('.sqlite'));
  const database = new Database(join(sites, state));
  database.prepare('UPDATE feeds SET needed = ?').run(JSON.stringify([join(root, 'disk')]));
  database.close();
  remove('disk/c');
  exclude.push(/^disk\/$/);
  assert.deepEqual(await run(), { ...nothing, same: 2 });
  exclude.length = 0;
  assert.deepEqual(await run(), { ...nothing, same: 2, error: 'REFUSED' });
  assert.deepEqual(keys(), ['p/a', 'p/b', 'p/disk/c']);
});

test('a mirror leaves alone what is named as its prefix', async (t) => {
  const { server, open, keys } = await opened(t, {}, 'b', true);
  const [from, to] = [bucketAt(server, 'from'), bucketAt(server, 'b')];
  t.after(() => {
    from.close();
    to.close();
  });
  const body = Buffer.from('x');
  const put = { body, md5: createHash('md5').update(body).digest('hex') };
  await from.putBuffer({ key: 's/a', ...put }, { signal });
  for (const key of ['p/', 'p/gone']) await to.putBuffer({ key, ...put }, { signal });
  const site = await open();
  t.after(() => site.close());
  assert.deepEqual(done(await site.sync(usual, signal)), { ...nothing, uploaded: 1, deleted: 1 });
  assert.deepEqual(keys(), ['p/', 'p/a']);
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
  const { server, open } = await opened(t, changes, '', false, { bucketPerFolder: '{folder}-1' });
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

test('rotation lets nothing go where one that was to stay has vanished', async (t) => {
  const { open, hooks, write, remove, keys, root } = await opened(t, { rotate: 2, workers: 1 });
  for (const key of ['0.dump', '1.dump']) write(key);
  const site = await open();
  t.after(() => site.close());
  await site.sync(usual, signal);
  for (const key of ['2.dump', '3.dump']) write(key);
  // Once 2.dump was brought.
  hooks.onProgress = () => {
    hooks.onProgress = () => undefined;
    remove('3.dump');
  };
  const result = await site.sync(usual, signal);
  assert.deepEqual([result.uploaded, result.deleted, result.filesDeleted], [1, 0, 0]);
  assert.deepEqual(
    result.skips.map(({ code }) => code),
    ['VANISHED', 'ROTATION_WAITS'],
  );
  assert.deepEqual(readdirSync(root), ['0.dump', '1.dump', '2.dump']);
  const again = await site.sync(usual, signal);
  assert.deepEqual([again.deleted, again.filesDeleted], [1, 1]);
  assert.deepEqual(
    [keys(), readdirSync(root)],
    [
      ['p/1.dump', 'p/2.dump'],
      ['1.dump', '2.dump'],
    ],
  );
});

test('rotation waits for what is to stay, not for a name of which no key can be made', async (t) => {
  const { open, write, root } = await opened(t, { rotate: 2 });
  for (const key of ['0.dump', '1.dump', '2.dump']) write(key);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/9`), Buffer.from([0xff])]), 'x');
  const site = await open();
  t.after(() => site.close());
  const result = await site.sync(usual, signal);
  assert.deepEqual([result.uploaded, result.failed, result.filesDeleted], [2, 1, 1]);
});

test('rotation waits for what is to stay and was modified before the window', async (t) => {
  const { open, write } = await opened(t, { rotate: 2, modifiedWithinMs: 1000 });
  for (const key of ['0.dump', '1.dump', '2.dump']) write(key);
  const site = await open();
  t.after(() => site.close());
  const result = await site.sync(usual, signal);
  assert.deepEqual([result.uploaded, result.filesDeleted], [0, 0]);
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
