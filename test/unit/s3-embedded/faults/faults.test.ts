import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3ServiceException } from '@aws-sdk/client-s3';
import type { FaultRule } from '../../../../src/s3-embedded/index.ts';
import { startEmbedded } from '../../../support/embedded.ts';
import type { EmbeddedForTest } from '../../../support/embedded.ts';

const BODY_BYTES = 300_000;

describe('faults', () => {
  let embedded: EmbeddedForTest;
  before(async () => {
    embedded = await startEmbedded();
  });
  after(() => embedded.stop());
  beforeEach(() => {
    const { server } = embedded;
    server.faults.clear();
    server.requests.clear();
    server.buckets.create('b');
    for (let i = 0; i < 20; i++)
      server.buckets.putVersion('b', { key: `k${String(i).padStart(2, '0')}`, body: `${i}` });
    server.buckets.putVersion('b', { key: 'big', sizeBytes: BODY_BYTES, fillByte: 120 });
  });

  const put = (key = 'new') =>
    embedded.client.send(new PutObjectCommand({ Bucket: 'b', Key: key, Body: Buffer.from('x') }));
  const get = async (key = 'big') => {
    const answer = await embedded.client.send(new GetObjectCommand({ Bucket: 'b', Key: key }));
    return (await answer.Body?.transformToByteArray())?.length;
  };
  const list = (input: { KeyMarker?: string; VersionIdMarker?: string; MaxKeys?: number } = {}) =>
    embedded.client.send(new ListObjectVersionsCommand({ Bucket: 'b', Prefix: 'k', ...input }));
  const outcome = (request: Promise<unknown>) =>
    request.then(
      () => 'ok',
      (error: S3ServiceException) => `${error.name} ${error.$metadata?.httpStatusCode ?? ''}`.trim(),
    );
  const isStored = (key: string) =>
    [...embedded.server.buckets.versions('b')].some((held) => held.key === key);

  test('a queue is worked off in order, once each', async () => {
    embedded.server.faults.queue({ kind: 'status' }, { kind: 'status', status: 500, code: 'InternalError' });
    assert.equal(await outcome(put()), 'SlowDown 503');
    assert.equal(await outcome(put()), 'InternalError 500');
    assert.equal(await outcome(put()), 'ok');
  });

  test('operation, bucket, key, pattern and predicate choose the requests', async () => {
    const rules: FaultRule[] = [
      { kind: 'status', operation: ['PutObject', 'CopyObject'], key: 'x' },
      { kind: 'status', bucket: 'other' },
      { kind: 'status', keyPattern: '^y' },
      { kind: 'status', matches: ({ key }) => key === 'z' },
    ];
    for (const rule of rules) embedded.server.faults.add(rule);
    assert.deepEqual(
      [await outcome(put('x')), await outcome(put('yes')), await outcome(put('z')), await outcome(put('w'))],
      ['SlowDown 503', 'SlowDown 503', 'SlowDown 503', 'ok'],
    );
    assert.equal(await outcome(get('k01')), 'ok');
  });

  test('skip, times and rate; the same seed hits the same requests', async () => {
    embedded.server.faults.add({ kind: 'status', skip: 1, times: 2 });
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await outcome(get('k01')));
    assert.deepEqual(answers, ['ok', 'SlowDown 503', 'SlowDown 503', 'ok']);
    const pattern = async () => {
      await using own = await startEmbedded({ faultSeed: 42 });
      own.server.buckets.create('b');
      own.server.faults.add({ kind: 'status', rate: 0.3 });
      let hits = '';
      for (let i = 0; i < 40; i++) {
        hits += (await outcome(own.client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' })))).includes(
          '503',
        )
          ? 'x'
          : '.';
      }
      return hits;
    };
    const first = await pattern();
    assert.equal(await pattern(), first);
    const share = [...first].filter((hit) => hit === 'x').length;
    assert.ok(share > 3 && share < 25, first);
  });

  test('a reset before: nothing is done; a reset after: it is done all the same', async () => {
    embedded.server.faults.add({ kind: 'reset-before', key: 'before' });
    embedded.server.faults.add({ kind: 'reset-after', key: 'after' });
    assert.match(await outcome(put('before')), /ECONNRESET|Error/);
    assert.match(await outcome(put('after')), /ECONNRESET|Error/);
    assert.deepEqual([isStored('before'), isStored('after')], [false, true]);
  });

  for (const kind of ['reset-mid-body', 'cut-body'] as const) {
    test(`${kind}: the client sees that the body is not whole`, async () => {
      embedded.server.faults.queue({ kind });
      await assert.rejects(get());
      assert.equal(await get(), BODY_BYTES);
    });
  }

  test('cut-chunked: half of the body, ended cleanly: only its content can tell', async () => {
    const { url, headers } = await signedGet();
    embedded.server.faults.queue({ kind: 'cut-chunked' });
    const answer = await fetch(url, { headers });
    assert.equal(answer.headers.get('content-length'), null);
    assert.equal((await answer.arrayBuffer()).byteLength, BODY_BYTES / 2);
  });

  /** A request to be sent without the SDK, which checks bodies in its own ways. */
  async function signedGet(): Promise<{ url: string; headers: Record<string, string> }> {
    let url = '';
    let sent: Record<string, string> = {};
    const command = new GetObjectCommand({ Bucket: 'b', Key: 'big' });
    command.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as {
          path: string;
          query: Record<string, string>;
          headers: Record<string, string>;
        };
        url = `${embedded.server.endpoint}${request.path}?${new URLSearchParams(request.query).toString()}`;
        sent = request.headers;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'keepRequest' },
    );
    await embedded.client.send(command);
    return { url, headers: sent };
  }

  test('an error in a 200 answer: nothing was done (trap 17)', async () => {
    embedded.server.faults.queue({ kind: 'error-in-200', operation: 'CopyObject' });
    const copy = () =>
      embedded.client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource: 'b/k01' }));
    assert.match(await outcome(copy()), /InternalError/);
    assert.equal(isStored('copy'), false);
    await copy();
    assert.equal(isStored('copy'), true);
  });

  test('latency: fixed ones and spikes add up', async () => {
    embedded.server.faults.add({ kind: 'latency', delayMs: 60 });
    embedded.server.faults.queue({ kind: 'latency', delayMs: 120 });
    const time = async () => {
      const startMs = performance.now();
      await get('k01');
      return performance.now() - startMs;
    };
    assert.ok((await time()) >= 175);
    assert.ok((await time()) >= 55);
  });

  test('overload: as many as may be in flight are served, the rest is told to slow down', async () => {
    embedded.server.faults.add({ kind: 'latency', delayMs: 50 });
    embedded.server.faults.add({ kind: 'overload', maxInFlight: 3 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => outcome(get('k01'))));
    assert.ok(answers.includes('ok') && answers.includes('SlowDown 503'), answers.join());
  });

  test('denied keys: alone, in DeleteObjects, and as the source of a copy (traps 13, 22)', async () => {
    embedded.server.faults.add({ kind: 'access-denied', key: 'k01' });
    assert.equal(await outcome(get('k01')), 'AccessDenied 403');
    const answer = await embedded.client.send(
      new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: [{ Key: 'k01' }, { Key: 'k02' }] } }),
    );
    assert.deepEqual(
      answer.Errors?.map(({ Key, Code }) => [Key, Code]),
      [['k01', 'AccessDenied']],
    );
    assert.deepEqual(
      answer.Deleted?.map(({ Key }) => Key),
      ['k02'],
    );
    const copy = embedded.client.send(
      new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource: 'b/k01' }),
    );
    assert.equal(await outcome(copy), 'AccessDenied 403');
  });

  test('key-error: any code for one key of DeleteObjects', async () => {
    embedded.server.faults.add({ kind: 'key-error', key: 'k05', code: 'SlowDown', times: 1 });
    const remove = async () => {
      const Delete = { Objects: [{ Key: 'k05' }, { Key: 'k06' }] };
      const answer = await embedded.client.send(new DeleteObjectsCommand({ Bucket: 'b', Delete }));
      return answer.Errors?.map(({ Key, Code }) => `${Key} ${Code}`) ?? [];
    };
    assert.deepEqual(await remove(), ['k05 SlowDown']);
    assert.deepEqual(await remove(), []);
  });

  test('pages that no client should trust', async () => {
    const page = async (kind: FaultRule['kind'], input = {}) => {
      embedded.server.faults.queue({ kind });
      const answer = await list(input);
      return { ...answer, keys: answer.Versions?.map(({ Key }) => Key) ?? [] };
    };
    const sorted = (keys: readonly unknown[]) => [...keys].sort().join() === keys.join();
    assert.equal(new Set((await page('page-duplicate')).keys).size, 19);
    assert.equal(sorted((await page('page-out-of-order')).keys), false);
    const unmarked = await page('page-no-markers');
    assert.deepEqual([unmarked.IsTruncated, unmarked.NextKeyMarker], [true, undefined]);
    const stuck = await page('page-stuck', { KeyMarker: 'k03' });
    assert.deepEqual([stuck.IsTruncated, stuck.NextKeyMarker], [true, 'k03']);
    const short = await page('page-short');
    assert.deepEqual([short.IsTruncated, short.keys.length, short.NextKeyMarker], [true, 7, 'k06']);
    assert.equal((await page('page-too-long', { MaxKeys: 5 })).keys.length, 6);
    assert.deepEqual((await page('key-marker-inclusive', { KeyMarker: 'k18' })).keys, ['k18', 'k19']);
    assert.equal((await list()).Versions?.length, 20);
  });

  test('the log says what was asked and which faults hit', async () => {
    embedded.server.faults.queue({ kind: 'status' });
    await outcome(put('logged'));
    const entry = embedded.server.requests.entries.at(-1);
    assert.deepEqual(
      [entry?.operation, entry?.bucket, entry?.key, entry?.status, entry?.faults],
      ['PutObject', 'b', 'logged', 503, ['status']],
    );
    assert.ok(!JSON.stringify(entry).includes('Signature'));
  });
});
