import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PageBytes } from '../../../src/s3/page-bytes.ts';

describe('PageBytes', () => {
  it('collects any pieces, one body after the other', async () => {
    const page = new PageBytes();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 })), async (pieces) => {
        await page.collect(Readable.from(pieces, { objectMode: false }));
        assert.ok(page.filled.equals(Buffer.concat(pieces)));
      }),
    );
  });

  it('grows, keeping what it holds', async () => {
    const pieces = Array.from({ length: 40 }, (_, n) => Buffer.alloc(100_000, n));
    const page = new PageBytes();
    await page.collect(Readable.from(pieces));
    assert.ok(page.filled.equals(Buffer.concat(pieces)));
    const end = 40 * 100_000;
    assert.equal(page.append(Buffer.from('more')), end);
    assert.equal(page.bytes.toString('utf8', end, page.length), 'more');
  });

  it('fails with the error of a body that is cut off', async () => {
    const body = new PassThrough();
    const collected = new PageBytes().collect(body);
    body.write('half');
    setImmediate(() => body.destroy(new Error('reset')));
    await assert.rejects(collected, /reset/);
  });

  it('fails where the body is closed without an error, before or while it is read', async () => {
    const early = new PassThrough();
    early.destroy();
    await once(early, 'close');
    await assert.rejects(new PageBytes().collect(early), /closed before the end/);
    const late = new PassThrough();
    setImmediate(() => late.destroy());
    await assert.rejects(new PageBytes().collect(late), /closed before the end/);
  });
});
