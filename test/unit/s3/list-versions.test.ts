import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../src/errors.ts';
import { compareKeys } from '../../../src/key-order.ts';
import { listVersionPages } from '../../../src/s3/list-versions.ts';
import type { ListVersionsOptions } from '../../../src/s3/list-versions.ts';
import type { ListedVersion, VersionListing } from '../../../src/s3/types.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3, FaultKind } from '../../../src/s3-embedded/index.ts';
import { clientOf, errorBody, startCannedServer } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const keys = [
  ...[
    '+',
    ' ',
    '%',
    '%41',
    '&<>"\'',
    'a',
    'a ',
    'a+b',
    'a b',
    'a/',
    'a//b',
    'a/b',
    'a\x01',
    'a\r\n',
    '.',
    '..',
    '~',
  ],
  ...[
    '\u007f',
    '\u0080',
    '\u00e4',
    '\ud7ff',
    '\ue000',
    '\uffee',
    '\ufffe',
    '\u{10000}',
    '\u{1f600}',
    '\u{10ffff}',
  ],
  ...Array.from({ length: 40 }, (_, i) => `n/${String(i).padStart(3, '0')}`),
].sort(compareKeys);

let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;
/** All that is in the bucket, in the order of the listing. */
const all: Pick<ListedVersion, 'key' | 'versionId' | 'isDeleteMarker'>[] = [];

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
  server.buckets.create('pail');
  keys.forEach((key, index) => {
    const count = 1 + (index % 4) * (index % 3);
    for (let i = 0; i < count; i++) {
      const isDeleteMarker = (index + i) % 5 === 0;
      server.buckets.putVersion('pail', isDeleteMarker ? { key, isDeleteMarker } : { key, body: `${i}` });
    }
  });
  all.push(...(await list({})));
});

after(() => server.close());

async function list(
  listing: Omit<VersionListing, 'bucket'>,
  options: ListVersionsOptions = {},
  from = client,
): Promise<ListedVersion[]> {
  const versions: ListedVersion[] = [];
  for await (const page of listVersionPages(from, { bucket: 'pail', ...listing }, options)) {
    versions.push(...page.versions);
  }
  return versions;
}

const names = (versions: readonly { key: string; versionId: string }[]) =>
  versions.map(({ key, versionId }) => `${key} ${versionId}`);

describe('listVersionPages', () => {
  it('lists all versions and delete markers of all keys, in the order of their UTF-8 bytes', () => {
    assert.deepEqual([...new Set(all.map(({ key }) => key))], keys);
    assert.ok(all.some(({ isDeleteMarker }) => isDeleteMarker) && all.some((v) => !v.isDeleteMarker));
  });

  it('gives the same whatever the size of the pages', async () => {
    for (const pageSize of [1, 2, 7, all.length, all.length + 1]) {
      assert.deepEqual(names(await list({ pageSize })), names(all));
    }
  });

  for (const kind of ['none', 'key-marker-inclusive', 'page-short'] as const) {
    it(`lists any key range, prefix and continuation exactly, on a server with fault: ${kind} (traps 8, 24 and 34)`, async () => {
      const rule = kind === 'none' ? undefined : server.faults.add({ kind, operation: 'ListObjectVersions' });
      const bound = fc.option(fc.oneof(fc.constantFrom(...keys), fc.string()), { nil: undefined });
      const wanted = fc.record({
        after: bound,
        upTo: bound,
        prefix: fc.constantFrom('', 'a', 'a/', 'n/0', 'z'),
        pageSize: fc.integer({ min: 2, max: 9 }),
      });
      await fc.assert(
        fc.asyncProperty(wanted, async ({ after, upTo, prefix, pageSize }) => {
          const expected = all.filter(
            ({ key }) =>
              key.startsWith(prefix) &&
              (after === undefined || compareKeys(key, after) > 0) &&
              (upTo === undefined || compareKeys(key, upTo) <= 0),
          );
          const listing = { prefix, pageSize, ...(after && { after }), ...(upTo && { upTo }) };
          if (after === '' || upTo === '') return;
          assert.deepEqual(names(await list(listing)), names(expected));
        }),
        { numRuns: 25 },
      );
      if (rule !== undefined) server.faults.remove(rule.id);
    });
  }

  it('goes on inside the versions of a key', async () => {
    for (const [index, { key, versionId }] of all.entries()) {
      if (index % 8 !== 3) continue;
      const rest = await list({ after: key, afterVersionId: versionId, pageSize: 13 });
      assert.deepEqual(names(rest), names(all.slice(index + 1)));
    }
  });

  it('asks for no page beyond the end of the key range', async () => {
    const pageSize = 5;
    for (const { key: upTo } of all.filter((_, index) => index % 16 === 4)) {
      let requests = 0;
      const versions = await list({ upTo, pageSize }, { onRequest: () => (requests += 1) });
      // One item beyond the range shows that there is no more of it.
      const needed = Math.min(versions.length + 1, all.length);
      assert.equal(requests, Math.ceil(needed / pageSize), upTo);
    }
  });

  const passing: FaultKind[] = [
    ...([
      'status',
      'reset-before',
      'reset-after',
      'reset-mid-body',
      'cut-body',
      'cut-chunked',
      'error-in-200',
    ] as const),
    ...(['page-duplicate', 'page-out-of-order', 'page-no-markers', 'page-stuck', 'page-too-long'] as const),
  ];
  for (const kind of passing) {
    it(`asks again after a page with fault: ${kind}`, async () => {
      server.faults.add({ kind, operation: 'ListObjectVersions', skip: 12, times: 2 });
      let requests = 0;
      const versions = await list({ pageSize: 10 }, { onRequest: () => (requests += 1) });
      server.faults.clear();
      assert.deepEqual(names(versions), names(all));
      assert.ok(requests >= Math.ceil(all.length / 10) + 2, `${requests} requests`);
    });
  }

  const lasting: FaultKind[] = [
    'cut-chunked',
    'page-duplicate',
    'page-out-of-order',
    'page-no-markers',
    'page-stuck',
    'page-too-long',
  ];
  for (const kind of lasting) {
    it(`fails, and lists nothing less, where every page has fault: ${kind}`, async () => {
      server.faults.add({ kind, operation: 'ListObjectVersions', skip: 1 });
      const error = await list({ pageSize: 10 }).catch((reason: unknown) => reason);
      server.faults.clear();
      assert.ok(error instanceof BackupError, String(error));
      assert.equal(error.code, 'LISTING_INVALID');
      assert.match(
        error.message,
        /bucket pail at http:\S+, page after key ".*" version \S+, cannot be trusted: /s,
      );
    });
  }

  it('fails where the store keeps answering 503, with what S3 said', async () => {
    server.faults.add({ kind: 'status', operation: 'ListObjectVersions' });
    await assert.rejects(list({}), { code: 'S3_FAILED', message: /SlowDown/ });
    server.faults.clear();
  });

  it('reports each request and the status of each answer, retries included', async () => {
    server.faults.add({ kind: 'status', operation: 'ListObjectVersions', times: 1 });
    const events: unknown[] = [];
    await list({}, { onRequest: () => events.push('request'), onAnswer: (status) => events.push(status) });
    server.faults.clear();
    assert.deepEqual(events, ['request', 503, 'request', 200]);
  });

  it('stops with the reason of its signal, before and in the middle of a page', async () => {
    const controller = new AbortController();
    const reason = new BackupError('INTERRUPTED', 'stopped');
    server.faults.add({ kind: 'latency', delayMs: 5000, operation: 'ListObjectVersions', skip: 1 });
    const listing = list(
      { pageSize: 10 },
      { signal: controller.signal, onRequest: () => setImmediate(() => controller.abort(reason)) },
    );
    await assert.rejects(listing, reason);
    await assert.rejects(list({}, { signal: controller.signal }), reason);
    server.faults.clear();
  });

  it('shows denied access and missing buckets as such', async () => {
    await assert.rejects(list({ bucket: 'nowhere' } as object), { code: 'BUCKET_MISSING' });
    const denying = await startCannedServer(() => ({ status: 403, body: errorBody('AccessDenied', 'm') }));
    await assert.rejects(list({}, {}, clientOf(denying)), { code: 'ACCESS_DENIED' });
    await denying.close();
  });

  it('asks again where an answer stalls in its body', async () => {
    const body = '<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>';
    const stalling = await startCannedServer((_asked, number) => {
      if (number > 0) return { body };
      return (_request, response) =>
        void response.writeHead(200, { 'content-length': body.length }).write('<List');
    });
    assert.deepEqual(await list({}, {}, clientOf(stalling, { timeLimits: { silenceMs: 150 } })), []);
    await stalling.close();
    assert.equal(stalling.asked.length, 2);
  });
});
