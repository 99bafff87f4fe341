import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { headVersion } from '../../../src/s3/head.ts';
import { headerText } from '../../../src/s3/header-bytes.ts';
import { clientOf, startCannedServer } from './support/canned-server.ts';

const text = 'Jürgen 中 \u{1f600}';
const onTheWire = Buffer.from(text).toString('latin1');

describe('headers beyond ASCII', () => {
  for (const body of [undefined, 'ä', Buffer.from('ä')]) {
    it(`are sent as UTF-8, with ${typeof body} for a body`, async () => {
      const server = await startCannedServer(() => ({}));
      const command = new PutObjectCommand({
        Bucket: 'pail',
        Key: 'k',
        ...(body === undefined ? {} : { Body: body }),
        Metadata: { who: text },
      });
      await clientOf(server).send(command);
      await server.close();
      assert.equal(server.asked[0]?.headers['x-amz-meta-who'], onTheWire);
      assert.equal(server.asked[0].body, body === undefined ? '' : 'ä');
    });
  }

  it('are sent as UTF-8 again when the request is retried', async () => {
    const server = await startCannedServer((_asked, number) => ({ status: number === 0 ? 500 : 200 }));
    await clientOf(server).send(
      new PutObjectCommand({ Bucket: 'pail', Key: 'k', Body: '', Metadata: { who: text } }),
    );
    await server.close();
    assert.deepEqual(
      server.asked.map(({ headers }) => headers['x-amz-meta-who']),
      [onTheWire, onTheWire],
    );
  });

  it('are read as UTF-8', async () => {
    const server = await startCannedServer(() => ({ headers: { 'x-amz-meta-who': onTheWire } }));
    const head = await headVersion(clientOf(server), { bucket: 'pail', key: 'k' });
    await server.close();
    assert.deepEqual(head?.metadata, { who: text });
  });
});

describe('headerText', () => {
  it('leaves alone what is no UTF-8', () => {
    assert.equal(headerText('plain'), 'plain');
    assert.equal(headerText('\xfc'), '\xfc');
    assert.equal(headerText('\xc3\xbc'), 'ü');
  });
});
