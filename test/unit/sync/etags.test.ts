import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { EtagHash, partSizeFor, partSizesBehind } from '../../../src/sync/etags.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 * mebibyte;

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** As the S3 User Guide has it, with everything in memory. */
function slowEtag(content: Buffer, partSizeBytes: number | undefined): string {
  if (partSizeBytes === undefined) return md5(content).toString('hex');
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += partSizeBytes)
    parts.push(md5(content.subarray(at, at + partSizeBytes)));
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`;
}

test('the etag of a content, however it comes in pieces (trap 18)', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }),
      (bytes, partSizeBytes, cuts) => {
        const content = Buffer.from(bytes);
        const hash = new EtagHash(partSizeBytes);
        let at = 0;
        for (const length of cuts) hash.update(content.subarray(at, (at += length)));
        hash.update(content.subarray(at));
        assert.equal(hash.digest(), slowEtag(content, partSizeBytes));
      },
    ),
  );
  assert.equal(new EtagHash(undefined).digest(), slowEtag(Buffer.alloc(0), undefined));
});

test('below the chunk size one request; else parts, so large that 10,000 suffice', () => {
  assert.equal(partSizeFor(0, 5 * mebibyte), undefined);
  assert.equal(partSizeFor(5 * mebibyte - 1, 5 * mebibyte), undefined);
  assert.equal(partSizeFor(5 * mebibyte, 5 * mebibyte), 5 * mebibyte);
  assert.equal(partSizeFor(50_000 * mebibyte, 5 * mebibyte), 5 * mebibyte);
  assert.equal(partSizeFor(50_000 * mebibyte + 1, 5 * mebibyte), 10 * mebibyte);
  assert.equal(partSizeFor(48 * 1024 * gibibyte, gibibyte), 5 * gibibyte);
});

test('what other tools may have cut an upload into', () => {
  const plain = 'd41d8cd98f00b204e9800998ecf8427e';
  assert.deepEqual(partSizesBehind(plain, 3, gibibyte), [undefined]);
  assert.deepEqual(partSizesBehind(`${plain}-3`, 20 * mebibyte, gibibyte), [8 * mebibyte]);
  assert.deepEqual(partSizesBehind(`${plain}-2`, 20 * mebibyte, 12 * mebibyte), [
    12 * mebibyte,
    15 * mebibyte,
    16 * mebibyte,
  ]);
  assert.deepEqual(partSizesBehind('of a key service', 20 * mebibyte, gibibyte), []);
});
