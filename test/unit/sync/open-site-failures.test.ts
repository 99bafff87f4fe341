import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bucketAt } from '../../support/embedded.ts';
import { usual, opened, done, nothing, signal } from './open-site-support.ts';

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
