import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgents } from '../../../src/s3/agents.ts';

const BODY_BYTES = 2_000_000;

/** Bytes that depend on their place and on the request, so that a piece of another answer is found out. */
function bodyOf(number: number): Buffer {
  const body = Buffer.alloc(BODY_BYTES);
  for (let at = 0; at + 8 <= BODY_BYTES; at += 8) body.writeUInt32LE(at, body.writeUInt32LE(number, at));
  return body;
}

describe('createAgents', () => {
  const { httpAgent } = createAgents({ maxFreeSockets: 8 });
  const server = createServer((request, response) => {
    response.end(bodyOf(Number(request.url?.slice(1))));
  });
  let port = 0;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    httpAgent.destroy();
    server.close();
  });

  function get(number: number): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      http
        .get({ host: 'localhost', port, path: `/${number}`, agent: httpAgent }, resolve)
        .on('error', reject);
    });
  }

  it('keeps the bodies of many connections apart, however slowly they are read', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        const pieces: Buffer[] = [];
        for await (const piece of await get(number)) {
          pieces.push(piece as Buffer);
          if (pieces.length % 8 === 0) await sleep(1);
        }
        assert.ok(Buffer.concat(pieces).equals(bodyOf(number)));
      }),
    );
  });

  it('uses a connection again', async () => {
    const ports = new Set<number | undefined>();
    for (let number = 0; number < 5; number++) {
      const answer = await get(number);
      ports.add(answer.socket.localPort);
      for await (const _piece of answer);
      await sleep(1);
    }
    assert.equal(ports.size, 1);
  });

  it('tells of a server that hangs up', async () => {
    const hangingUp = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => hangingUp.listen(0, 'localhost', resolve));
    const { port: otherPort } = hangingUp.address() as AddressInfo;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get({ host: 'localhost', port: otherPort, agent: httpAgent }, resolve).on('error', reject);
    });
    await assert.rejects(async () => {
      for await (const _piece of answer);
    }, /aborted/);
    hangingUp.close();
  });
});
