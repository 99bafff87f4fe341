import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { bucketVersioning } from '../../../src/s3/bucket.ts';
import { createS3Client } from '../../../src/s3/client.ts';
import { clientOf, errorBody, startCannedServer } from './support/canned-server.ts';

const enabled = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

describe('createS3Client', () => {
  it('names itself in the user agent', async () => {
    const server = await startCannedServer(() => ({ body: enabled }));
    await bucketVersioning(clientOf(server), 'pail');
    await server.close();
    assert.match(server.asked[0]?.headers['user-agent'] ?? '', /backup-my-bucket\/\d/);
  });

  it('tries again after 503, resets and silence, and counts as one call', async () => {
    const server = await startCannedServer((_asked, number) => {
      if (number === 0) return { status: 503, body: errorBody('SlowDown', 'm') };
      if (number === 1) return (request) => request.socket.destroy();
      if (number === 2) return () => undefined;
      return { body: enabled };
    });
    const client = clientOf(server, { timeLimits: { answerMs: 100 } });
    assert.equal(await bucketVersioning(client, 'pail'), 'enabled');
    await server.close();
    assert.equal(server.asked.length, 4);
  });

  it('gives up after the attempts it was given', async () => {
    const server = await startCannedServer(() => ({ status: 500, body: errorBody('InternalError', 'm') }));
    await assert.rejects(bucketVersioning(clientOf(server), 'pail'), { code: 'S3_FAILED' });
    await server.close();
    assert.equal(server.asked.length, 4);
  });

  it('does not run out of retries because many requests fail at once', async () => {
    const failed = new Set<string>();
    const server = await startCannedServer((asked) => {
      if (failed.has(asked.url)) return { body: enabled };
      failed.add(asked.url);
      return { status: 500, body: errorBody('InternalError', 'm') };
    });
    const client = clientOf(server);
    await Promise.all(Array.from({ length: 64 }, (_, i) => bucketVersioning(client, `pail-${i}`)));
    await server.close();
    assert.equal(server.asked.length, 128);
  });

  it('does not retry what a retry cannot mend', async () => {
    const server = await startCannedServer(() => ({ status: 403, body: errorBody('AccessDenied', 'm') }));
    await assert.rejects(bucketVersioning(clientOf(server), 'pail'), { code: 'ACCESS_DENIED' });
    await server.close();
    assert.equal(server.asked.length, 1);
  });

  it('sends Content-MD5 and no newer checksum with DeleteObjects to a store with an endpoint of its own (trap 23)', async () => {
    const server = await startCannedServer(() => ({ body: '<DeleteResult></DeleteResult>' }));
    await clientOf(server).send(
      new DeleteObjectsCommand({ Bucket: 'pail', Delete: { Objects: [{ Key: 'a' }] } }),
    );
    await server.close();
    const headers = server.asked[0]?.headers ?? {};
    const md5 = createHash('md5')
      .update(server.asked[0]?.body ?? '')
      .digest('base64');
    assert.equal(headers['content-md5'], md5);
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.includes('checksum')),
      [],
    );
    assert.match(headers['authorization'] ?? '', /content-md5/);
  });

  it('asks for a region where there is none', async () => {
    const before = { ...process.env };
    delete process.env['AWS_REGION'];
    delete process.env['AWS_DEFAULT_REGION'];
    process.env['AWS_CONFIG_FILE'] = '/nonexistent';
    try {
      const client = createS3Client({ credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
      await assert.rejects(bucketVersioning(client, 'pail'), { code: 'CONFIG_INVALID', hint: /AWS_REGION/ });
    } finally {
      process.env = before;
    }
  });
});
