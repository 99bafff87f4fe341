import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeAwsChunked } from '../../../../src/s3-embedded/http/aws-chunked.ts';

function encode(chunks: readonly Uint8Array[], trailer = ''): Buffer {
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=abc\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from(`0;chunk-signature=def\r\n${trailer}\r\n`)]);
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }));

test('what was cut into chunks is put together', () => {
  fc.assert(
    fc.property(chunks, (parts) => {
      const decoded = decodeAwsChunked(encode(parts, 'x-amz-checksum-crc32:abcd==\r\n'));
      assert.deepEqual(decoded.body, Buffer.concat(parts));
      assert.deepEqual(decoded.trailers, { 'x-amz-checksum-crc32': 'abcd==' });
    }),
  );
});

test('a body that ends early is refused', () => {
  fc.assert(
    fc.property(chunks, fc.nat(), (parts, cut) => {
      const whole = encode(parts);
      const endOfSize = whole.lastIndexOf('0;chunk-signature=def\r\n') + '0;chunk-signature=def\r\n'.length;
      const short = whole.subarray(0, cut % endOfSize);
      assert.throws(() => decodeAwsChunked(short), { code: 'IncompleteBody' });
    }),
  );
});
