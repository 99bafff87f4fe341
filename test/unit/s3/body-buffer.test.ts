import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BodyBuffer } from '../../../src/s3/body-buffer.ts';

describe('BodyBuffer', () => {
  it('collects any pieces, one body after the other', async () => {
    const buffer = new BodyBuffer();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 })), async (pieces) => {
        const body = await buffer.collect(Readable.from(pieces, { objectMode: false }));
        assert.ok(body.equals(Buffer.concat(pieces)));
      }),
    );
  });

  it('grows, keeping what it holds', async () => {
    const pieces = Array.from({ length: 40 }, (_, n) => Buffer.alloc(100_000, n));
    const body = await new BodyBuffer().collect(Readable.from(pieces));
    assert.ok(body.equals(Buffer.concat(pieces)));
  });

  it('fails with the error of a body that is cut off', async () => {
    const body = new PassThrough();
    const collected = new BodyBuffer().collect(body);
    body.write('half');
    setImmediate(() => body.destroy(new Error('reset')));
    await assert.rejects(collected, /reset/);
  });

  it('fails where the body is closed without an error, before or while it is read', async () => {
    const early = new PassThrough();
    early.destroy();
    await once(early, 'close');
    await assert.rejects(new BodyBuffer().collect(early), /closed before the end/);
    const late = new PassThrough();
    setImmediate(() => late.destroy());
    await assert.rejects(new BodyBuffer().collect(late), /closed before the end/);
  });
});
