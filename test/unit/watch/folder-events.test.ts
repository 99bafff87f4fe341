import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EventQueue } from '../../../src/watch/event-queue.ts';
import { FolderEvents, type FolderEventsOptions } from '../../../src/watch/folder-events.ts';
import { tempDir } from '../../support/temp-dir.ts';

const timeLimitMs = 20_000;

interface Watching {
  root: string;
  events: FolderEvents;
  changed: Set<string>;
  lost: string[];
}

async function watching(t: TestContext, options: Partial<FolderEventsOptions> = {}): Promise<Watching> {
  const root = tempDir(t);
  mkdirSync(join(root, 'a/b'), { recursive: true });
  const changed = new Set<string>();
  const lost: string[] = [];
  const events = new FolderEvents({
    root,
    followsSymlinks: false,
    isExcluded: () => false,
    onChange: (path) => changed.add(path),
    onLost: (reason) => lost.push(reason),
    queue: new EventQueue(16_384),
    ...options,
  });
  t.after(() => events.close());
  await events.watchTree('', { isCompared: true });
  return { root, events, changed, lost };
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + timeLimitMs;
  while (!condition()) {
    assert.ok(performance.now() < endMs, 'it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('files that are made, changed, renamed and removed anywhere below are told', async (t) => {
  const { root, changed, events } = await watching(t);
  assert.equal(events.watchedCount, 3);
  assert.deepEqual([...changed], []);
  writeFileSync(join(root, 'a/b/new'), '1');
  await until(() => changed.has('a/b/new'));
  changed.clear();
  renameSync(join(root, 'a/b/new'), join(root, 'a/other'));
  await until(() => changed.has('a/b/new') && changed.has('a/other'));
  changed.clear();
  unlinkSync(join(root, 'a/other'));
  await until(() => changed.has('a/other'));
});

test('a folder that comes is told; watched, so is what is in it already and what comes later', async (t) => {
  const { root, changed, events } = await watching(t);
  mkdirSync(join(root, 'n/m'), { recursive: true });
  writeFileSync(join(root, 'n/m/early'), '1');
  await until(() => changed.has('n'));
  await events.watchTree('n');
  assert.ok(changed.has('n/m') && changed.has('n/m/early'));
  writeFileSync(join(root, 'n/m/late'), '1');
  await until(() => changed.has('n/m/late'));
});

test('a folder in the place of another is watched anew, also where it has its inode number', async (t) => {
  const { root, changed, events } = await watching(t);
  rmSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(root, 'a/b'));
  await until(() => changed.has('a/b'));
  assert.equal(await events.watchTree('a/b'), true);
  assert.equal(await events.watchTree('a/b'), false);
  changed.clear();
  writeFileSync(join(root, 'a/b/x'), '1');
  await until(() => changed.has('a/b/x'));
});

test('what has left its place is forgotten with all beneath', async (t) => {
  const { events } = await watching(t);
  events.forget('a');
  assert.deepEqual(
    [events.wasFolder('a'), events.wasFolder('a/b'), events.wasFolder('')],
    [false, false, true],
  );
});

test('more events at once than the queue holds are lost, and that is told', async (t) => {
  const { root, lost } = await watching(t, { queue: new EventQueue(400) });
  // In one turn of the event loop: nothing can be read in between.
  for (let i = 0; i < 300; i++) writeFileSync(join(root, `f${i}`), '1');
  await until(() => lost.length > 0);
  assert.match(lost[0] ?? '', /unnoticed/);
});

test('the queue is one for all trees that are watched, and so is the count', async (t) => {
  const queue = new EventQueue(400);
  const [one, other] = [await watching(t, { queue }), await watching(t, { queue })];
  // Of either alone this would be a third of what the queue holds.
  for (let i = 0; i < 70; i++) for (const { root } of [one, other]) writeFileSync(join(root, `f${i}`), '1');
  await until(() => one.lost.length > 0 && other.lost.length > 0);
});

test('a folder whose coming was not told is watched from the next look at everything on', async (t) => {
  const { root, events, changed } = await watching(t);
  mkdirSync(join(root, 'a/b/n'));
  await events.watchTree('', { isCompared: true });
  assert.ok(events.wasFolder('a/b/n'));
  changed.clear();
  writeFileSync(join(root, 'a/b/n/x'), '1');
  await until(() => changed.has('a/b/n/x'));
});

test('ordinary work is no loss', async (t) => {
  const { root, lost, changed } = await watching(t);
  for (let i = 0; i < 300; i++) writeFileSync(join(root, `f${i}`), '1');
  await until(() => changed.size === 300);
  assert.deepEqual(lost, []);
});

test('excluded folders are not watched, nor are symbolic links unless they are followed', async (t) => {
  const { root, events } = await watching(t, { isExcluded: (path) => path === 'a/b' });
  assert.deepEqual([events.wasFolder('a'), events.wasFolder('a/b')], [true, false]);
  mkdirSync(join(root, 'target'));
  symlinkSync(join(root, 'target'), join(root, 'a/link'));
  await events.watchTree('a/link');
  assert.equal(events.watchedCount, 2);
});

test('a link to a folder above it is not followed without end', async (t) => {
  const { root, events } = await watching(t, { followsSymlinks: true });
  symlinkSync(root, join(root, 'a/up'));
  mkdirSync(join(root, 'c'));
  symlinkSync(join(root, 'a'), join(root, 'c/link'));
  events.forget('');
  await events.watchTree('');
  assert.equal(events.wasFolder('a/up'), false);
  assert.ok(events.wasFolder('c/link/b'));
});

test('names that are no UTF-8 are passed over', async (t) => {
  const { root, changed } = await watching(t);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), '1');
  writeFileSync(join(root, 'after'), '1');
  await until(() => changed.has('after'));
  assert.deepEqual([...changed], ['after']);
});
