import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/index/entry.ts';
import { completeEntries, type Completed } from '../../../src/takeover/complete.ts';
import type { OldEntry } from '../../../src/takeover/old-entry.ts';

const old = (key: string, versionId = 'v1', changes: Partial<OldEntry> = {}): OldEntry => ({
  key,
  versionId,
  sizeBytes: 1,
  lastModifiedMs: 5000,
  ...changes,
});
const listed = (key: string, versionId = 'v1', changes: Partial<Entry> = {}): Entry => ({
  key,
  versionId,
  sizeBytes: 1,
  lastModifiedMs: 5250,
  etag: 'e',
  storageClass: 'STANDARD',
  ...changes,
});

async function complete(entries: OldEntry[], listing: Entry[]): Promise<Completed[]> {
  async function* of<T>(items: T[]): AsyncGenerator<T> {
    yield* items;
  }
  return Array.fromAsync(completeEntries(of(entries), of(listing)));
}

test('takes a version as the bucket lists it, from among the others of its key', async () => {
  const listing = [listed('a', 'v3'), listed('a', 'v1'), listed('b', 'v2'), listed('c'), listed('d')];
  assert.deepEqual(await complete([old('a'), old('c'), old('d', 'v1', { sizeBytes: undefined })], listing), [
    { kind: 'entry', entry: listed('a'), isMissing: false },
    { kind: 'entry', entry: listed('c'), isMissing: false },
    { kind: 'entry', entry: listed('d'), isMissing: false },
  ]);
});

test('one that is gone is kept as the file says, or left out where the file does not say enough', async () => {
  const [gone, lacking] = await complete(
    [old('a'), old('b', 'v1', { sizeBytes: undefined })],
    [listed('a', 'v2')],
  );
  assert.deepEqual(gone, {
    kind: 'entry',
    entry: listed('a', 'v1', { lastModifiedMs: 5000, etag: '', storageClass: '' }),
    isMissing: true,
  });
  assert.equal(lacking?.kind, 'unusable');
});

test('a null version counts only with size and second (trap 6)', async () => {
  const isFound = async (changes: Partial<Entry>): Promise<boolean> => {
    const [found] = await complete([old('a', 'null')], [listed('a', 'null', changes)]);
    return found?.kind === 'entry' && !found.isMissing;
  };
  assert.equal(await isFound({}), true);
  assert.equal(await isFound({ sizeBytes: 2 }), false);
  assert.equal(await isFound({ lastModifiedMs: 6000 }), false);
});

test('of a key that stands there twice the newest is taken, and another version is told', async () => {
  const kinds = await complete([old('a', 'v2'), old('a', 'v2'), old('a', 'v1')], [listed('a', 'v2')]);
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ['entry', 'duplicate', 'unusable'],
  );
});
