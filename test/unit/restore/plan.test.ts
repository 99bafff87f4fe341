import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { compareKeys } from '../../../src/key-order.ts';
import { currentVersions, planActions, type Action } from '../../../src/restore/plan.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';

function entry(key: string, versionId: string, etag = 'e', sizeBytes = 1): Entry {
  return { key, versionId, etag, sizeBytes, lastModifiedMs: 0, storageClass: 'STANDARD' };
}

function listed(key: string, versionId: string, changes: Partial<ListedVersion> = {}): ListedVersion {
  return { ...entry(key, versionId), isLatest: true, isDeleteMarker: false, ...changes };
}

async function* batchesOf<T>(items: readonly T[], size: number): AsyncGenerator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function plan(entries: Entry[], current: ListedVersion[], batchSize = 2): Promise<Action[]> {
  const actions = await Array.fromAsync(
    planActions(batchesOf(entries, batchSize), batchesOf(current, batchSize)),
  );
  return actions.flat();
}

async function kindFor(wanted: Entry, current: ListedVersion): Promise<string | undefined> {
  return (await plan([wanted], [current]))[0]?.action;
}

test('the same version id is the same object: replication keeps ids', async () => {
  assert.equal(
    await kindFor(entry('a', 'v1'), listed('a', 'v1', { etag: 'another, as replicas may have' })),
    'same',
  );
});

test('another version with the same etag may differ in metadata (trap 14)', async () => {
  assert.equal(await kindFor(entry('a', 'v1'), listed('a', 'v2')), 'compare');
});

test('null proves nothing: it is overwritten in place (trap 6)', async () => {
  assert.equal(await kindFor(entry('a', 'null'), listed('a', 'null')), 'compare');
  assert.equal(await kindFor(entry('a', 'null'), listed('a', 'null', { etag: 'x' })), 'copy');
});

test('another size is another object, whatever the ids', async () => {
  assert.equal(await kindFor(entry('a', 'v1'), listed('a', 'v1', { sizeBytes: 2 })), 'copy');
});

test('only current versions that are no delete markers are there, by their names in the snapshot', async () => {
  const versions = [
    listed('r/a', '2'),
    listed('r/a', '1', { isLatest: false }),
    listed('r/b', '2', { isDeleteMarker: true }),
    listed('r/b', '1', { isLatest: false }),
  ];
  async function* pages() {
    yield { versions, commonPrefixes: [], isTruncated: false };
  }
  const current = await Array.fromAsync(currentVersions(pages(), 'r/'));
  assert.deepEqual(
    current.flat().map(({ key, versionId }) => [key, versionId]),
    [['a', '2']],
  );
});

test('every key of either side gets one action, the right one', async () => {
  const side = fc.uniqueArray(
    fc.record({
      key: fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
      id: fc.integer({ min: 1, max: 2 }),
    }),
    { selector: (each) => each.key },
  );
  await fc.assert(
    fc.asyncProperty(side, side, fc.integer({ min: 1, max: 5 }), async (wanted, present, batchSize) => {
      const byKey = (a: { key: string }, b: { key: string }): number => compareKeys(a.key, b.key);
      const entries = wanted.map(({ key, id }) => entry(key, `v${id}`, `e${id}`)).toSorted(byKey);
      const current = present.map(({ key, id }) => listed(key, `v${id}`, { etag: `e${id}` })).toSorted(byKey);
      const actions = await plan(entries, current, batchSize);
      const kinds = new Map(
        actions.map((each) => [each.action === 'extra' ? each.key : each.entry.key, each.action]),
      );
      assert.equal(kinds.size, actions.length);
      const wantedIds = new Map(wanted.map(({ key, id }) => [key, id]));
      const presentIds = new Map(present.map(({ key, id }) => [key, id]));
      for (const key of new Set([...wantedIds.keys(), ...presentIds.keys()])) {
        const same = wantedIds.get(key) === presentIds.get(key);
        const expected = !wantedIds.has(key) ? 'extra' : same ? 'same' : 'copy';
        assert.equal(kinds.get(key), expected);
      }
    }),
  );
});
