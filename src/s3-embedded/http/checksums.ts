/** Checks the body against Content-MD5 and the `x-amz-checksum-…` headers or trailers that came with it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from '../s3-error.ts';

const ALGORITHMS: Record<string, (body: Buffer) => string> = {
  'x-amz-checksum-crc32': (body) => bigEndian(crc32(body)),
  'x-amz-checksum-crc32c': (body) => bigEndian(crc32c(body)),
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
};

/**
 * Returns the checksum headers that were sent, which are kept with the object. CRC64NVME is kept without a check.
 * @throws S3Error BadDigest
 */
export function checkChecksums(
  body: Buffer,
  sent: Record<string, string | undefined>,
): Record<string, string> {
  const md5 = sent['content-md5'];
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const checksums: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (value === undefined || !/^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.test(name)) continue;
    const computed = ALGORITHMS[name]?.(body);
    if (computed !== undefined && computed !== value) {
      throw new S3Error(
        'BadDigest',
        `The ${name.slice(6)} you specified did not match the calculated checksum.`,
      );
    }
    checksums[name] = value;
  }
  return checksums;
}

function bigEndian(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
  return value;
});

function crc32c(body: Buffer): number {
  let value = 0xffffffff;
  for (const byte of body) value = (CRC32C_TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return value ^ 0xffffffff;
}
