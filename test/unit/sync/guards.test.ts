import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDeletions, type DeletionCase } from '../../../src/sync/guards.ts';
import type { SyncOptions } from '../../../src/sync/site-sync.ts';

const harmless: DeletionCase = {
  source: '/src',
  deletions: 20,
  expected: 0,
  before: 0,
  objects: () => 100,
  isEmpty: () => false,
  unreadableParts: 0,
  missing: [],
};
const never: SyncOptions = { dryRun: false, confirm: async () => false };

async function isRefused(
  changes: Partial<DeletionCase>,
  options: Partial<SyncOptions> = {},
): Promise<boolean> {
  try {
    await checkDeletions({ ...harmless, ...changes }, { ...never, ...options });
    return false;
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'REFUSED');
    return true;
  }
}

test('what is usual passes, and where nothing goes nothing is asked', async () => {
  assert.equal(await isRefused({}), false);
  const worst = { unreadableParts: 1, missing: ['/mnt'], isEmpty: () => true, objects: () => 0, before: 100 };
  assert.equal(await isRefused({ ...worst, deletions: 0 }, { maxDelete: 0 }), false);
});

test('a source that was read in part is never trusted, an empty or moved one when forced', async () => {
  assert.equal(await isRefused({ unreadableParts: 1 }, { force: true }), true);
  for (const changes of [{ missing: ['/mnt'] }, { isEmpty: () => true }]) {
    assert.equal(await isRefused(changes), true);
    assert.equal(await isRefused(changes, { force: true }), false);
  }
});

test('--max-delete counts everything, the question only what is not expected', async () => {
  assert.equal(await isRefused({ expected: 20 }, { maxDelete: 19 }), true);
  assert.equal(await isRefused({}, { maxDelete: 20 }), false);
  const objects = () => 39;
  assert.equal(await isRefused({ objects }), true);
  assert.equal(await isRefused({ objects, expected: 10 }), false);
  assert.equal(await isRefused({ objects }, { confirm: async () => true }), false);
  assert.equal(await isRefused({ objects }, { confirm: undefined }), false);
  assert.equal(await isRefused({ objects: () => 40 }), false);
  assert.equal(await isRefused({ deletions: 10, objects: () => 10 }), false);
});

test('what has gone in parts before counts', async () => {
  assert.equal(await isRefused({ before: 31 }), true);
  assert.equal(await isRefused({ before: 30 }), false);
  assert.equal(await isRefused({ deletions: 1, before: 10, objects: () => 20 }), true);
  assert.equal(await isRefused({ expected: 20, before: 61 }), false);
  assert.equal(await isRefused({ before: 10 }, { maxDelete: 29 }), true);
  assert.equal(await isRefused({ before: 10 }, { maxDelete: 30 }), false);
});
