import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { bucketAt } from '../../support/embedded.ts';
import { usual, opened, done, nothing, signal } from './open-site-support.ts';

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
