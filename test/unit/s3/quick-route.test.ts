import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createS3Client, type S3Credentials } from '../../../src/s3/client.ts';
import { listVersionPages } from '../../../src/s3/list-versions.ts';
import { QuickLister } from '../../../src/s3/quick-list.ts';
import { QuickRoute } from '../../../src/s3/quick-route.ts';
import { Signer } from '../../../src/s3/sigv4.ts';
import { QuickWriter } from '../../../src/s3/quick-write.ts';
import { startEmbeddedS3, type EmbeddedS3 } from '../../../src/s3-embedded/index.ts';

const bucket = 'routed';
let server: EmbeddedS3;

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create(bucket, 'Enabled');
  for (const key of ['a', 'b', 'c', 'd']) server.buckets.putVersion(bucket, { key, body: key });
});
after(() => server.close());

/** By the system's time, for signatures, but it sleeps at once, and can be moved. */
class Clock {
  aheadMs = 0;
  readonly sleptMs: number[] = [];

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  async sleep(delayMs: number): Promise<void> {
    this.sleptMs.push(delayMs);
  }
}

function open(t: TestContext, credentials: unknown = { accessKeyId: 'test', secretAccessKey: 'testsecret' }) {
  const client = createS3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: credentials as S3Credentials,
    retry: { baseDelayMs: 1, throttledBaseDelayMs: 1 },
  });
  const clock = new Clock();
  const options = { concurrency: 1, silenceMs: 2000, onRequest: undefined };
  const lister = new QuickLister(client, clock, options);
  const writer = new QuickWriter(client, clock, { ...options, operation: 'PutObject' });
  t.after(() => {
    lister.close();
    writer.close();
    client.destroy();
  });
  return { client, clock, lister, writer };
}

/** Credentials that have to be got anew for each request, and from a moment on cannot be. */
class Role {
  isGone = false;

  readonly credentials = async (): Promise<S3Credentials & { expiration: Date }> => {
    if (this.isGone) throw Object.assign(new Error('the role is gone'), { name: 'CredentialsProviderError' });
    return { accessKeyId: 'test', secretAccessKey: 'testsecret', expiration: new Date(Date.now() - 1) };
  };
}

test('credentials that cannot be had again are told as the SDK tells it, with what to do', async (t) => {
  const role = new Role();
  const { client, clock, lister } = open(t, role.credentials);
  let pages = 0;
  const list = async (): Promise<void> => {
    for await (const _page of listVersionPages(client, { bucket, pageSize: 1 }, {}, lister)) {
      pages += 1;
      role.isGone = true;
    }
  };
  await assert.rejects(list(), (error: { code?: string; hint?: string }) => {
    assert.deepEqual([error.code, typeof error.hint], ['CREDENTIALS', 'string']);
    return true;
  });
  assert.equal(pages, 1);
  assert.deepEqual(clock.sleptMs, []);
});

test('so are those of a write', async (t) => {
  const role = new Role();
  const { client, clock, writer } = open(t, role.credentials);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'e', Body: 'e' }));
  const write = { key: 'e', headers: {}, body: Buffer.from('e'), signal: undefined };
  assert.equal((await writer.write(write))?.status, 200);
  role.isGone = true;
  assert.equal(await writer.write(write), undefined);
  assert.deepEqual(clock.sleptMs, []);
});

test('after some failures in a row the SDK does all, without a pause before each page, for a minute', async (t) => {
  const { client, clock, lister } = open(t);
  const list = async (): Promise<void> => {
    for await (const _page of listVersionPages(client, { bucket }, {}, lister));
  };
  await list();
  const sendsToTheSdk = { kind: 'status', status: 500, operation: 'ListObjectVersions', times: 1 } as const;
  for (let i = 0; i < 5; i++) {
    server.faults.add(sendsToTheSdk);
    await list();
  }
  assert.equal(clock.sleptMs.length, 5);
  // Now it is the SDK that meets it.
  const rule = server.faults.add(sendsToTheSdk);
  await list();
  server.faults.remove(rule.id);
  assert.equal(clock.sleptMs.length, 5);

  clock.aheadMs += 60_000;
  server.requests.clear();
  await list();
  assert.deepEqual(
    server.requests.entries.map(({ query }) => 'x-id' in query),
    [false],
  );
});

test('a server that asks for less says nothing against the way', async (t) => {
  const { client, clock, lister } = open(t);
  const list = async (): Promise<void> => {
    for await (const _page of listVersionPages(client, { bucket }, {}, lister));
  };
  await list();
  for (let i = 0; i < 8; i++) {
    server.faults.add({ kind: 'status', status: 503, operation: 'ListObjectVersions', times: 1 });
    await list();
  }
  assert.equal(clock.sleptMs.length, 8);
});

test('an IPv6 address, which the SDK has in brackets, is connected to without', async (t) => {
  const { client, clock } = open(t);
  const route = new QuickRoute(client, clock, 'CopyObjectCommand', 1);
  t.after(() => route.close());
  const to = (hostname: string) =>
    route.connection({
      protocol: 'http:',
      hostname,
      port: 9000,
      host: `${hostname}:9000`,
      basePath: '/b/',
      signer: new Signer('us-east-1'),
    }).hostname;
  assert.deepEqual(['[::1]', '[2001:db8::7]', 'localhost', '127.0.0.1'].map(to), [
    '::1',
    '2001:db8::7',
    'localhost',
    '127.0.0.1',
  ]);
});

test('a clock that was set back gives nothing up for longer', async (t) => {
  const { client, clock } = open(t);
  const route = new QuickRoute(client, clock, 'ListBucketsCommand', 1);
  t.after(() => route.close());
  await client.send(new ListBucketsCommand({}));
  assert.ok(route.route !== undefined);
  for (let i = 0; i < 5; i++) route.tell('failed');
  assert.equal(route.route, undefined);
  clock.aheadMs -= 3_600_000;
  assert.ok(route.route !== undefined);
});

test('a way on which writes are refused, as by a proxy, is given up', async (t) => {
  const { client, writer } = open(t);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'e', Body: 'e' }));
  server.faults.add({ kind: 'status', status: 403, operation: 'PutObject', times: 5 });
  server.requests.clear();
  const write = { key: 'e', headers: {}, body: Buffer.from('e'), signal: undefined };
  for (let i = 0; i < 8; i++) assert.equal(await writer.write(write), undefined);
  assert.equal(server.requests.entries.length, 5);
});
