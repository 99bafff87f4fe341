import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { usual, opened, done, nothing, signal } from './open-site-support.ts';

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
