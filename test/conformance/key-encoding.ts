/** Keys that URLs, XML and UTF-16 treat in their own ways (traps 24, 25). */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

const XML_KEYS = [
  ' leading and trailing ',
  'a b',
  'a+b',
  'a%20b',
  'a&b<c>d"e\'f',
  'a~b*c(d)e!f',
  'a//b',
  'a/',
  '/a',
  'a/../b',
  '.',
  '..',
  'a?b#c',
  'a=b;c,d:e@f$g',
  'tab\tnewline\ncr\rend',
  'é',
  'e\u0301',
  '中文',
  '\ue000',
  '\ufb01',
  '\ufffd',
  '\u{10000}',
  '😀',
];
/** XML 1.0 has no characters for these, not even as references. */
const CONTROL_KEYS = ['c\u0001d', 'c\u001fd', '\u007f'];

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Both of the forms that servers use: AWS writes a space as a plus. */
const decode = (key: string) => decodeURIComponent(key.replaceAll('+', ' '));

export function keyEncodingChecks(server: ServerUnderTest): void {
  const { client } = server;

  describe('keys with characters that need care', () => {
    let bucket = '';
    const all = [...XML_KEYS, ...CONTROL_KEYS].sort(byBytes);

    before(async () => {
      bucket = await server.createBucket();
      for (const key of all) await server.put(bucket, key, `body of ${key}`);
    });

    test('each is a key of its own, and is read back', async () => {
      for (const key of all)
        assert.equal(await server.read(bucket, key), `body of ${key}`, JSON.stringify(key));
    });

    for (const pageSize of [1, 5, 1000]) {
      test(`encoding-type=url, ${pageSize} a page: keys decode to what was put, in the order of UTF-8`, async () => {
        const keys: string[] = [];
        let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
        for (;;) {
          const page = await server.listPage(bucket, {
            EncodingType: 'url',
            MaxKeys: pageSize,
            ...markers,
          });
          keys.push(...page.versions.map(({ key }) => decode(key)));
          const last = page.versions.at(-1);
          if (!page.isTruncated) break;
          assert.ok(last !== undefined && keys.length <= all.length);
          markers = { KeyMarker: decode(last.key), VersionIdMarker: last.versionId };
        }
        assert.deepEqual(keys, all);
      });
    }

    test('encoding-type=url: the next marker is encoded like the key (trap 24)', async () => {
      const own = await server.createBucket();
      const keys = ['a b', 'a%20b', 'é', '\uffff last'];
      for (const key of keys) await server.put(own, key);
      let markers: { KeyMarker?: string; VersionIdMarker?: string | undefined } = {};
      for (const key of keys.slice(0, -1)) {
        const page = await server.listPage(own, { EncodingType: 'url', MaxKeys: 1, ...markers });
        const listed = page.versions[0]?.key ?? '';
        assert.equal(decode(listed), key);
        assert.equal(page.nextKeyMarker, server.differs('markersAreNotEncoded') ? key : listed);
        markers = { KeyMarker: key, VersionIdMarker: page.nextVersionIdMarker };
      }
    });

    test('encoding-type=url: a space is a plus, a plus is %2B, a slash stays (trap 24)', async () => {
      const encoded = async (prefix: string) => {
        const page = await server.listPage(bucket, { EncodingType: 'url', Prefix: prefix, MaxKeys: 1 });
        return page.versions[0]?.key;
      };
      assert.equal(await encoded('a b'), server.differs('encodesSpaceAsPercent') ? 'a%20b' : 'a+b');
      assert.equal(await encoded('a+b'), 'a%2Bb');
      assert.equal(await encoded('a%20b'), 'a%2520b');
      assert.equal(await encoded('a//b'), server.differs('encodesSlash') ? 'a%2F%2Fb' : 'a//b');
      assert.equal(await encoded('tab'), 'tab%09newline%0Acr%0Dend');
      assert.equal(await encoded('😀'), '%F0%9F%98%80');
    });

    test('without encoding-type: what XML can carry comes through', async () => {
      const own = await server.createBucket();
      for (const key of XML_KEYS) await server.put(own, key);
      const { versions } = await server.listAll(own);
      assert.deepEqual(
        versions.map(({ key }) => key),
        XML_KEYS.toSorted(byBytes),
      );
    });

    test('without encoding-type: a control character makes a page that is no XML', async () => {
      await assert.rejects(server.listAll(bucket, { Prefix: 'c\u0001' }));
    });

    test('ListObjectsV2 has the same keys in the same order', async () => {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            EncodingType: 'url',
            MaxKeys: 4,
            ContinuationToken: token,
          }),
        );
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => decode(Key)));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      assert.deepEqual(keys, all);
    });

    test('DeleteObjects takes every key that XML can carry', async () => {
      const own = await server.createBucket();
      for (const key of XML_KEYS) await server.put(own, key);
      const answer = await client.send(
        new DeleteObjectsCommand({ Bucket: own, Delete: { Objects: XML_KEYS.map((Key) => ({ Key })) } }),
      );
      assert.deepEqual(answer.Errors ?? [], []);
      const { versions } = await server.listAll(own, { EncodingType: 'url' });
      const current = versions.filter(({ isLatest }) => isLatest);
      assert.deepEqual(
        current.map(({ key, isDeleteMarker }) => ({ key: decode(key), isDeleteMarker })),
        XML_KEYS.toSorted(byBytes).map((key) => ({ key, isDeleteMarker: true })),
      );
    });

    test('DeleteObjects refuses a control character as malformed; DeleteObject takes it (trap 24)', async () => {
      const own = await server.createBucket();
      const key = 'c\u0001d';
      await server.put(own, key);
      const request = client.send(
        new DeleteObjectsCommand({ Bucket: own, Delete: { Objects: [{ Key: key }] } }),
      );
      const code = server.differs('refusalsOfXmlHaveNoCode') ? 'Unknown' : 'MalformedXML';
      assert.deepEqual(await failure(request), { code, status: 400 });
      await server.delete(own, key);
      const { versions } = await server.listAll(own, { EncodingType: 'url' });
      assert.equal(versions[0]?.isDeleteMarker, true);
    });
  });
}
