import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bucketAt } from '../../support/embedded.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { usual, opened, done, nothing, signal } from './open-site-support.ts';

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
