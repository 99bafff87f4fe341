import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readVersion } from '../../../src/s3/get.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { clientOf } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const clock = new ManualClock();
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
  server.buckets.create('from');
});
after(() => server.close());

async function contentOf(key: string, options = {}): Promise<Buffer> {
  const { chunks } = await readVersion(client, { bucket: 'from', key }, clock, options);
  return Buffer.concat(await Array.fromAsync(chunks));
}

describe('readVersion', () => {
  it('gives the content of a version, and what belongs to it', async () => {
    const old = server.buckets.putVersion('from', { key: 'k', body: 'old', metadata: { a: 'b' } });
    server.buckets.putVersion('from', { key: 'k', body: 'new' });
    const { head, chunks } = await readVersion(
      client,
      { bucket: 'from', key: 'k', versionId: old.versionId },
      clock,
    );
    assert.equal(Buffer.concat(await Array.fromAsync(chunks)).toString(), 'old');
    assert.deepEqual([head.metadata, head.etag], [{ a: 'b' }, old.etag]);
    server.buckets.putVersion('from', { key: 'empty', body: '' });
    assert.equal((await contentOf('empty')).length, 0);
  });

  it('goes on where the connection broke, as often as it gets further', async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    server.buckets.putVersion('from', { key: 'long', body });
    for (const kind of ['reset-mid-body', 'cut-body', 'cut-chunked'] as const) {
      server.requests.clear();
      const rule = server.faults.add({ kind, operation: 'GetObject', times: 3 });
      assert.ok((await contentOf('long', { sizeBytes: 300_000 })).equals(body), kind);
      assert.ok(
        (await contentOf('long', { range: { first: 7, last: 200_006 } })).equals(body.subarray(7, 200_007)),
      );
      server.faults.remove(rule.id);
      assert.ok(server.requests.entries.some(({ headers }) => /^bytes=[1-9]/.test(headers['range'] ?? '')));
    }
  });

  it('fails rather than mixing two versions', async () => {
    server.buckets.putVersion('from', { key: 'changing', body: 'x'.repeat(100_000) });
    server.faults.add({ kind: 'reset-mid-body', operation: 'GetObject', times: 1 });
    const whole = { sizeBytes: 100_000 };
    const { chunks } = await readVersion(client, { bucket: 'from', key: 'changing' }, clock, whole);
    server.buckets.putVersion('from', { key: 'changing', body: 'y'.repeat(100_000) });
    await assert.rejects(Array.fromAsync(chunks), { code: 'S3_FAILED', message: /PreconditionFailed/ });
  });

  it('gives up where nothing comes any more', async () => {
    server.buckets.putVersion('from', { key: 'stuck', body: 'x'.repeat(1000) });
    const rule = server.faults.add({ kind: 'reset-before', operation: 'GetObject', skip: 0 });
    await assert.rejects(contentOf('stuck'), { code: 'S3_UNREACHABLE' });
    server.faults.remove(rule.id);
  });
});
