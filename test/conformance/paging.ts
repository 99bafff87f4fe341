/** The order of ListObjectVersions, and its pages (traps 7, 24, 34). */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { RawVersion } from './raw-listing.ts';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

/** Every pair of version and delete marker, a key of markers only, and one key that fills several pages. */
const HISTORY: Record<string, string> = {
  a: 'v',
  'b/1': 'vmv',
  'b/2': 'vm',
  b0: 'm',
  c: 'vvvvvvvvvvvv',
  d: 'mvmvmv',
};

export function pagingChecks(server: ServerUnderTest): void {
  describe('order and pages of ListObjectVersions', () => {
    let bucket = '';
    let expected: { key: string; versionId: string; isDeleteMarker: boolean; isLatest: boolean }[] = [];

    before(async () => {
      bucket = await server.createBucket();
      const written = new Map<string, { versionId: string; isDeleteMarker: boolean }[]>();
      for (const [key, steps] of Object.entries(HISTORY)) {
        const versions: { versionId: string; isDeleteMarker: boolean }[] = [];
        for (const step of steps) {
          const isDeleteMarker = step === 'm';
          const versionId = isDeleteMarker
            ? await server.delete(bucket, key)
            : await server.put(bucket, key, step);
          versions.unshift({ versionId, isDeleteMarker });
        }
        written.set(key, versions);
      }
      expected = [...written]
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .flatMap(([key, versions]) => versions.map((version, i) => ({ key, ...version, isLatest: i === 0 })));
    });

    const identity = ({ key, versionId, isDeleteMarker, isLatest }: RawVersion) => ({
      key,
      versionId,
      isDeleteMarker,
      isLatest,
    });

    for (const pageSize of [1, 2, 3, 7, 1000]) {
      test(`${pageSize} a page: keys in byte order, versions newest first, markers among them`, async () => {
        const { versions, pages } = await server.listAll(bucket, { MaxKeys: pageSize });
        assert.deepEqual(versions.map(identity), expected);
        for (const page of pages) assert.ok(page.versions.length <= pageSize);
      });
    }

    test('from every version on', async () => {
      for (const [i, { key, versionId }] of expected.entries()) {
        const page = await server.listPage(bucket, { KeyMarker: key, VersionIdMarker: versionId });
        assert.deepEqual(page.versions.map(identity), expected.slice(i + 1), `after ${key} ${versionId}`);
      }
    });

    test('from every key on: a key marker alone excludes its key (trap 24)', async () => {
      for (const marker of [...Object.keys(HISTORY), '', 'b', 'b/', 'bb', 'zzz']) {
        const { versions } = await server.listAll(bucket, { KeyMarker: marker });
        const isShown = (key: string) =>
          server.differs('keyMarkerIsInclusive') && marker !== '' ? key >= marker : key > marker;
        assert.deepEqual(
          versions.map(identity),
          expected.filter(({ key }) => isShown(key)),
          `after ${JSON.stringify(marker)}`,
        );
      }
    });

    test('from a version that was deleted since the page before', async () => {
      const own = await server.createBucket();
      const ids = [];
      for (const body of ['1', '2', '3', '4']) ids.unshift(await server.put(own, 'k', body));
      const first = await server.listPage(own, { MaxKeys: 2 });
      assert.equal(first.nextVersionIdMarker, ids[1]);
      await server.delete(own, 'k', ids[1]);
      const rest = await server.listPage(own, { KeyMarker: 'k', VersionIdMarker: ids[1] });
      assert.deepEqual(
        rest.versions.map(({ versionId }) => versionId),
        server.differs('deletedMarkerSkipsItsKey') ? [] : ids.slice(2),
      );
    });

    test('a page of no keys is empty and the end', async () => {
      const page = await server.listPage(bucket, { MaxKeys: 0 });
      assert.deepEqual([page.versions, page.isTruncated], [[], false]);
    });

    test('a version id marker without a key marker is an error', async () => {
      const request = server.listPage(bucket, { VersionIdMarker: expected[0]?.versionId });
      if (server.differs('versionIdMarkerAloneIsIgnored')) {
        assert.deepEqual((await request).versions.map(identity), expected);
      } else assert.deepEqual(await failure(request), { code: 'InvalidArgument', status: 400 });
    });

    test('a prefix is the beginning of a string (trap 8)', async () => {
      const { versions } = await server.listAll(bucket, { Prefix: 'b', MaxKeys: 2 });
      assert.deepEqual(
        versions.map(identity),
        expected.filter(({ key }) => key.startsWith('b')),
      );
    });

    for (const pageSize of [1, 2, 1000]) {
      test(`delimiter, ${pageSize} a page: what is below it counts as one`, async () => {
        const { versions, commonPrefixes } = await server.listAll(bucket, {
          Delimiter: '/',
          MaxKeys: pageSize,
        });
        assert.deepEqual(commonPrefixes, ['b/']);
        assert.deepEqual(
          versions.map(identity),
          expected.filter(({ key }) => !key.includes('/')),
        );
      });
    }

    test('delimiter and prefix: only what follows the prefix is looked at', async () => {
      const { versions, commonPrefixes } = await server.listAll(bucket, { Delimiter: '/', Prefix: 'b/' });
      assert.deepEqual(commonPrefixes, []);
      assert.deepEqual(
        versions.map(identity),
        expected.filter(({ key }) => key.startsWith('b/')),
      );
    });

    test('ListObjects and ListObjectsV2: current objects, from a marker on, in pages', async () => {
      const live = expected.filter(({ isLatest, isDeleteMarker }) => isLatest && !isDeleteMarker);
      for (const marker of ['', 'a', 'b/1', 'b/zzz', 'd']) {
        const keys: { v1: string[]; v2: string[] } = { v1: [], v2: [] };
        let isTruncated = true;
        while (isTruncated) {
          const page = await server.client.send(
            new ListObjectsCommand({ Bucket: bucket, Marker: keys.v1.at(-1) ?? marker, MaxKeys: 2 }),
          );
          keys.v1.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
          isTruncated = page.IsTruncated === true;
        }
        let token: string | undefined;
        do {
          const where = token === undefined ? { StartAfter: marker } : { ContinuationToken: token };
          const page = await server.client.send(
            new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 2, ...where }),
          );
          keys.v2.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
          assert.equal(page.KeyCount, page.Contents?.length ?? 0);
          token = page.NextContinuationToken;
        } while (token !== undefined);
        const after = live.map(({ key }) => key).filter((key) => key > marker);
        assert.deepEqual(keys, { v1: after, v2: after }, `after ${JSON.stringify(marker)}`);
      }
    });

    test('LastModified in whole seconds (trap 3)', async () => {
      const page = await server.listPage(bucket);
      const whole = page.versions.every(({ lastModified }) => lastModified.endsWith('.000Z'));
      assert.equal(whole, !server.differs('listsMilliseconds'));
    });
  });
}
