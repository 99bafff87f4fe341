import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import type { Feed } from '../../../src/sync/site-sync.ts';
import { FeedWatches } from '../../../src/watch/feed-watches.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { siteOf } from './support.ts';

function watchesOf(
  t: TestContext,
  root: string,
  folders: readonly string[],
  noBuckets: readonly string[] = [],
) {
  const named = join(root, '../named');
  const site = siteOf(root, { source: { kind: 'folders', folders: [named], roots: [root] } });
  const feeds: Feed[] = [named, ...folders.map((name) => join(root, name))].map((source) => ({
    source,
    bucket: 'b',
    prefix: `${source}/`,
  }));
  const error = new BackupError('REFUSED', 'That is not the name of a bucket.');
  const refused = noBuckets.map((name) => ({ source: join(root, name), error }));
  let nowMs = 0;
  const ignore = (): void => undefined;
  const watches = new FeedWatches(
    site,
    { feeds, refused },
    {
      isPolled: false,
      nowMs: () => (nowMs += 10_000),
      onEvent: ignore,
      onLost: ignore,
    },
  );
  t.after(() => watches.close());
  return watches;
}

test('a folder that came into a root after it was listed and before anybody looked is noticed', async (t) => {
  const root = join(tempDir(t), 'root');
  mkdirSync(join(root, 'one'), { recursive: true });
  mkdirSync(join(root, 'two'));
  assert.equal(await watchesOf(t, root, ['one']).hasOtherFolders(), true);
});

test('roots with the folders that were opened have no others, until one comes, goes or the root does', async (t) => {
  const root = join(tempDir(t), 'root');
  for (const name of ['one', 'two']) mkdirSync(join(root, name), { recursive: true });
  const watches = watchesOf(t, root, ['one', 'two']);
  assert.equal(await watches.hasOtherFolders(), false);
  mkdirSync(join(root, 'three'));
  assert.equal(await watches.hasOtherFolders(), true);
  renameSync(join(root, 'three'), join(root, '../three'));
  assert.equal(await watches.hasOtherFolders(), false);
  renameSync(join(root, 'two'), join(root, '../two'));
  assert.equal(await watches.hasOtherFolders(), true);
  renameSync(root, join(root, '../away'));
  assert.equal(await watches.hasOtherFolders(), true);
});

test('a folder that something stands against is no other one', async (t) => {
  const root = join(tempDir(t), 'root');
  for (const name of ['one', 'X']) mkdirSync(join(root, name), { recursive: true });
  assert.equal(await watchesOf(t, root, ['one'], ['X']).hasOtherFolders(), false);
});
