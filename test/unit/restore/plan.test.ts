import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { compareKeys } from '../../../src/key-order.ts';
import type { HeldKey } from '../../../src/restore/held-versions.ts';
import { planActions, type Action, type PlanRules } from '../../../src/restore/plan.ts';
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

const nothingKnown: PlanRules = { isCopyOf: () => false, mayUndelete: true };

async function plan(
  entries: Entry[],
  held: HeldKey[],
  batchSize = 2,
  rules: PlanRules = nothingKnown,
): Promise<Action[]> {
  const actions = await Array.fromAsync(
    planActions(batchesOf(entries, batchSize), batchesOf(held, batchSize), rules),
  );
  return actions.flat();
}

function held(newest: ListedVersion, ...older: ListedVersion[]): HeldKey {
  return { key: newest.key, newest, older: older.map((each) => ({ ...each, isLatest: false })) };
}

function marker(key: string, versionId: string): ListedVersion {
  return listed(key, versionId, { isDeleteMarker: true, etag: '', sizeBytes: 0, storageClass: '' });
}

async function actionFor(wanted: Entry, key: HeldKey, rules?: PlanRules): Promise<Action | undefined> {
  return (await plan([wanted], [key], 1, rules))[0];
}

async function kindFor(wanted: Entry, current: ListedVersion): Promise<string | undefined> {
  return (await actionFor(wanted, held(current)))?.action;
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

test('what is known to be a copy is the same, whatever its etag, as long as its size is', async () => {
  const rules = { ...nothingKnown, isCopyOf: () => true };
  const current = held(listed('a', 'v2', { etag: 'of parts' }));
  assert.equal((await actionFor(entry('a', 'v1'), current, rules))?.action, 'same');
  const shorter = held(listed('a', 'v2', { sizeBytes: 0 }));
  assert.equal((await actionFor(entry('a', 'v1'), shorter, rules))?.action, 'copy');
});

test('delete markers alone over the wanted version are removed', async () => {
  const key = held(marker('a', 'm2'), marker('a', 'm1'), listed('a', 'v1'), listed('a', 'v0'));
  assert.deepEqual(await actionFor(entry('a', 'v1'), key), {
    action: 'undelete',
    entry: entry('a', 'v1'),
    markers: ['m2', 'm1'],
  });
  assert.deepEqual(await actionFor(entry('a', 'v1'), key, { ...nothingKnown, mayUndelete: false }), {
    action: 'copy',
    entry: entry('a', 'v1'),
    within: true,
  });
});

test('a version that is older than another, or under a null marker, is copied inside the bucket (trap 6)', async () => {
  const within = { action: 'copy', entry: entry('a', 'v1'), within: true };
  const under = held(marker('a', 'm'), listed('a', 'v2'), listed('a', 'v1'));
  assert.deepEqual(await actionFor(entry('a', 'v1'), under), within);
  const older = held(listed('a', 'v2', { etag: 'x' }), listed('a', 'v1'));
  assert.deepEqual(await actionFor(entry('a', 'v1'), older), within);
  const underNull = held(marker('a', 'null'), listed('a', 'v1'));
  assert.deepEqual(await actionFor(entry('a', 'v1'), underNull), within);
  const elsewhere = held(listed('a', 'v2', { etag: 'x' }));
  assert.deepEqual(await actionFor(entry('a', 'v1'), elsewhere), { action: 'copy', entry: entry('a', 'v1') });
});

test('a key that only has a delete marker is nothing extra', async () => {
  assert.deepEqual(await plan([], [held(marker('a', 'm'), listed('a', 'v1'))]), []);
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
      const actions = await plan(
        entries,
        current.map((each) => held(each)),
        batchSize,
      );
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
