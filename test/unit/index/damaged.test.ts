/** Stores as they may be found on a disk (test/fixtures/index/README.md). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { BackupError } from '../../../src/errors.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { ManifestStore } from '../../../src/index/manifest-store.ts';
import { RangeStore } from '../../../src/index/range-store.ts';
import { diffManifests } from '../../../src/index/diff.ts';
import { entriesOf } from '../../../src/index/reader.ts';
import { CUT_BITS, byKey, collect, expectedRanges, inFolder } from './support.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/index');
const FIRST = '20261121T040000Z';
const SECOND = '20261122T040000Z';
const FIRST_ALONE = '15e997a5b06ecc019a2e087f51b20b333fdd46495cf10c305ef4eab151ba0b1b';

function open(fixture: string): { manifests: ManifestStore; ranges: RangeStore } {
  const folder = join(FIXTURES, fixture);
  return {
    manifests: new ManifestStore(folder, { compress: true }),
    ranges: new RangeStore(folder, { compress: true }),
  };
}

async function readSnapshot(fixture: string, snapshot: string): Promise<Entry[]> {
  const { manifests, ranges } = open(fixture);
  return (await collect(entriesOf(await manifests.read(snapshot), ranges))).flat();
}

test('a whole store of an earlier version is read as it was written', async () => {
  const { manifests, ranges } = open('whole');
  assert.deepEqual(await manifests.list(), [FIRST, SECOND]);
  const first = await manifests.read(FIRST);
  const entries = await readSnapshot('whole', FIRST);
  assert.equal(entries.length, 20);
  assert.deepEqual(entries, [...entries].sort(byKey));
  assert.deepEqual(entries.at(-1), {
    key: '\u{1F600}',
    versionId: 'a0019.kXzq',
    sizeBytes: 19_000,
    lastModifiedMs: Date.UTC(2026, 10, 20, 4, 19, 38),
    etag: '00000000000000000000000000000019',
    storageClass: 'STANDARD',
  });
  assert.deepEqual(
    first.ranges,
    expectedRanges(entries, CUT_BITS),
    'the same entries still give the same ranges',
  );
  const changes = await collect(diffManifests(first, await manifests.read(SECOND), ranges));
  assert.deepEqual(
    changes.map(({ change, key }) => `${change} ${key}`),
    ['changed photos/img-0005.jpg'],
  );
});

test('another program can read a store by the documented formats alone', async () => {
  const folder = join(FIXTURES, 'whole');
  const text = zstdDecompressSync(await readFile(join(folder, 'manifests', `${FIRST}.json.zst`))).toString();
  const { sha256, manifest } = JSON.parse(text) as {
    sha256: string;
    manifest: { ranges: { hash: string; entries: number }[] };
  };
  assert.equal(createHash('sha256').update(text.slice(88, -2)).digest('hex'), sha256);
  for (const { hash, entries } of manifest.ranges) {
    const plain = zstdDecompressSync(
      await readFile(join(folder, 'ranges', hash.slice(0, 2), `${hash}.csv.zst`)),
    );
    assert.equal(createHash('sha256').update(plain).digest('hex'), hash);
    assert.equal(plain.toString().split('\n').length - 1, entries);
  }
});

const DAMAGES: [fixture: string, message: RegExp][] = [
  ['range-flipped-bit', new RegExp(`ranges/.*${FIRST_ALONE}`)],
  ['range-truncated', new RegExp(`ranges/.*${FIRST_ALONE}.* is damaged: .*cut off`)],
  ['range-empty', new RegExp(`ranges/.*${FIRST_ALONE}.* is damaged: .*SHA-256`)],
  ['range-missing', new RegExp(`ranges/.*${FIRST_ALONE}.* is damaged: the file is missing`)],
  ['range-of-another', new RegExp(`ranges/.*${FIRST_ALONE}.* is damaged: .*SHA-256`)],
  ['manifest-flipped-bit', new RegExp(`manifests/${FIRST}`)],
  ['manifest-truncated', new RegExp(`manifests/${FIRST}.* is damaged: .*cut off`)],
  ['manifest-of-newer-version', new RegExp(`manifests/${FIRST}.* newer version`)],
];

for (const [fixture, message] of DAMAGES) {
  test(`${fixture}: names the file and what to do, and leaves the other snapshot be`, async () => {
    await assert.rejects(readSnapshot(fixture, FIRST), (error) => {
      assert.ok(error instanceof BackupError, String(error));
      assert.equal(error.code, 'INDEX_DAMAGED');
      assert.match(error.message, message);
      assert.ok(error.hint);
      return true;
    });
    assert.deepEqual(await readSnapshot(fixture, SECOND), await readSnapshot('whole', SECOND));
    assert.deepEqual(
      await open(fixture).manifests.list(),
      [FIRST, SECOND],
      'listing names does not open them',
    );
  });
}

test('leftovers-of-a-crash: what was not finished is no snapshot, and can be cleared away', async () => {
  await inFolder(async (folder) => {
    await cp(join(FIXTURES, 'leftovers-of-a-crash'), folder, { recursive: true });
    const manifests = new ManifestStore(folder, { compress: true });
    const ranges = new RangeStore(folder, { compress: true });
    assert.deepEqual(await manifests.list(), [SECOND]);
    const named = new Set((await manifests.read(SECOND)).ranges.map((ref) => ref.hash));
    assert.deepEqual(
      (await ranges.list()).filter((hash) => !named.has(hash)),
      [FIRST_ALONE],
    );
    assert.equal(await ranges.removeTemporaries(), 1);
    assert.equal(await manifests.removeTemporaries(), 1);
    assert.equal((await collect(entriesOf(await manifests.read(SECOND), ranges))).flat().length, 20);
  });
});
