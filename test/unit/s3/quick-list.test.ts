import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../../src/clock.ts';
import { createS3Client } from '../../../src/s3/client.ts';
import { listVersionPages, type ListVersionsOptions } from '../../../src/s3/list-versions.ts';
import { QuickLister } from '../../../src/s3/quick-list.ts';
import type { ListedVersion, VersionListing } from '../../../src/s3/types.ts';
import { startEmbeddedS3, type EmbeddedS3, type FaultKind } from '../../../src/s3-embedded/index.ts';

const bucket = 'listed';
const silenceMs = 2000;
/** Some that have to be encoded in a query, in their order. */
const keys = [' ', "!'()*", '%25', '&a=b', '+', 'a b', 'q?x=1', 'x#y;=:@,$', 'ü/\u{1F600}'];

let server: EmbeddedS3;
let client: ReturnType<typeof createS3Client>;
let quick: QuickLister;
/** Requests that the SDK has sent. */
let bySdk = 0;

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create(bucket, 'Enabled');
  for (const key of keys) for (const body of ['1', '2']) server.buckets.putVersion(bucket, { key, body });
  client = createS3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret', sessionToken: 'a/b+c=' },
    retry: { baseDelayMs: 1, throttledBaseDelayMs: 1 },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      bySdk += 1;
      return next(args);
    },
    { step: 'deserialize' as 'build', priority: 'low', name: 'countSent' },
  );
  quick = new QuickLister(client, systemClock, { concurrency: 1, silenceMs, onRequest: undefined });
  await list();
});
after(async () => {
  quick.close();
  client.destroy();
  await server.close();
});
beforeEach(() => {
  bySdk = 0;
  server.requests.clear();
});

async function list(
  listing: Partial<VersionListing> = {},
  options: ListVersionsOptions = {},
): Promise<ListedVersion[]> {
  const versions: ListedVersion[] = [];
  for await (const page of listVersionPages(client, { bucket, pageSize: 3, ...listing }, options, quick))
    versions.push(...page.versions);
  return versions;
}

describe('a listing without the SDK', () => {
  it('is what the SDK lists, with markers and prefixes of any characters', async () => {
    const all = await list();
    assert.equal(bySdk, 0);
    assert.deepEqual(
      all.map(({ key }) => key),
      keys.flatMap((key) => [key, key]),
    );
    for (const key of keys) {
      const expected = all.filter((version) => version.key === key);
      assert.deepEqual(await list({ prefix: key }), expected, key);
      assert.deepEqual(
        (await list({ after: key, pageSize: 1000 })).map((version) => version.key),
        all.map((version) => version.key).slice(all.findLastIndex((version) => version.key === key) + 1),
        key,
      );
    }
    assert.equal(bySdk, 0);
  });

  it('tells of every request and answer, those of the SDK too', async () => {
    server.faults.add({ kind: 'status', status: 503, operation: 'ListObjectVersions', times: 1 });
    let requests = 0;
    const answers: number[] = [];
    await list(
      { pageSize: 1000 },
      { onRequest: () => (requests += 1), onAnswer: (status) => answers.push(status) },
    );
    assert.equal(requests, 2);
    assert.deepEqual(answers, [503, 200]);
    assert.equal(bySdk, 1);
  });

  for (const kind of [
    'status',
    'error-in-200',
    'reset-before',
    'reset-mid-body',
    'cut-body',
    'cut-chunked',
  ] satisfies FaultKind[]) {
    it(`leaves ${kind} to the SDK`, async () => {
      const rule = server.faults.add({ kind, operation: 'ListObjectVersions', times: 1 });
      const versions = await list({ pageSize: 1000 });
      server.faults.remove(rule.id);
      assert.equal(versions.length, 2 * keys.length);
      assert.equal(bySdk, 1);
      await list({ pageSize: 1000 });
      assert.equal(bySdk, 1, 'the next page goes without the SDK again');
    });
  }

  it('waits no longer than it is told to', async () => {
    const rule = server.faults.add({
      kind: 'latency',
      delayMs: 20_000,
      operation: 'ListObjectVersions',
      times: 1,
    });
    assert.equal((await list({ pageSize: 1000 })).length, 2 * keys.length);
    server.faults.remove(rule.id);
    assert.equal(bySdk, 1);
  });

  it('leaves what fails for good to the SDK, whose errors users see', async () => {
    await assert.rejects(
      list({}, { signal: AbortSignal.abort(new Error('stopped by the test')) }),
      /stopped by the test/,
    );
    server.faults.add({
      kind: 'status',
      status: 403,
      code: 'AccessDenied',
      operation: 'ListObjectVersions',
      times: 2,
    });
    await assert.rejects(list(), { code: 'ACCESS_DENIED' });
  });
});
