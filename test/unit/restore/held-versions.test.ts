import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heldKeys } from '../../../src/restore/held-versions.ts';
import type { ListedVersion, VersionPage } from '../../../src/s3/types.ts';

function version(key: string, versionId: string, isLatest: boolean): ListedVersion {
  return {
    key,
    versionId,
    isLatest,
    isDeleteMarker: false,
    lastModifiedMs: 0,
    etag: 'e',
    sizeBytes: 1,
    storageClass: 'STANDARD',
  };
}

async function* pagesOf(versions: readonly ListedVersion[], size: number): AsyncGenerator<VersionPage> {
  for (let at = 0; at < versions.length; at += size)
    yield { versions: versions.slice(at, at + size), commonPrefixes: [], isTruncated: false };
}

test('versions of a key stay together over pages, the newest first, whatever the order of the store (trap 7)', async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      counts,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (sizes, pageSize, oldestFirst) => {
        const listed = sizes.flatMap((count, k) => {
          const ofKey = Array.from({ length: count }, (_, i) => version(`p/k${k}`, `v${count - i}`, i === 0));
          return oldestFirst ? ofKey.reverse() : ofKey;
        });
        const held = (await Array.fromAsync(heldKeys(pagesOf(listed, pageSize), 'p/'))).flat();
        assert.deepEqual(
          held.map(({ key, newest, older }) => [
            key,
            newest.versionId,
            older.map(({ versionId }) => versionId),
          ]),
          sizes.map((count, k) => [
            `k${k}`,
            `v${count}`,
            Array.from({ length: count - 1 }, (_, i) => `v${count - 1 - i}`),
          ]),
        );
      },
    ),
  );
});

test('of a million versions of a key only the newest are kept (trap 7)', async () => {
  for (const oldestFirst of [false, true]) {
    const many = Array.from({ length: 5000 }, (_, i) => version('k', `v${5000 - i}`, i === 0));
    const listed = oldestFirst ? many.reverse() : many;
    const [held] = (await Array.fromAsync(heldKeys(pagesOf(listed, 100), ''))).flat();
    assert.equal(held?.newest.versionId, 'v5000');
    assert.equal(held.older[0]?.versionId, 'v4999');
    assert.ok(held.older.length <= 1001);
  }
});
