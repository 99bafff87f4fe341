/**
 * From which size on copies in parts are faster than one CopyObject:
 *
 *   test/radosgw/with-radosgw node bench/copy-threshold.ts [SIZE_MIB…]
 *
 * Prints a line for each size: milliseconds of one copy, and of parts of 16 and 64 MiB, eight at once. The source was uploaded in parts of
 * 16 MiB; a star says that the copy has its etag.
 */
import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { copyMultipart } from '../src/s3/copy-multipart.ts';
import { copyObject } from '../src/s3/copy.ts';
import { ByteBudget } from '../src/s3/byte-budget.ts';
import { headVersion } from '../src/s3/head.ts';
import { putStream } from '../src/s3/put-stream.ts';
import { testClient } from '../test/support/embedded.ts';
import { startRadosgw } from '../test/support/radosgw.ts';
import { createTestBucket } from '../test/support/test-bucket.ts';

const mebibyte = 1024 ** 2;
const uploadPartBytes = 16 * mebibyte;
const partConcurrency = 8;

const given = process.argv.slice(2).map(Number);
const sizesMib = given.length > 0 ? given : [50, 100, 200, 400];

await using radosgw = await startRadosgw();
if (radosgw === undefined) throw new Error('radosgw is not installed');
const client = testClient(radosgw.endpoint);
const from = await createTestBucket(client);
const to = await createTestBucket(client);
await copyAll(client, 20);
console.log('MiB  one copy  parts of 16 MiB  parts of 64 MiB');
for (const sizeMib of sizesMib) {
  const [one, by16, by64] = await copyAll(client, sizeMib);
  console.log(`${String(sizeMib).padEnd(5)}${one?.padEnd(10)}${by16?.padEnd(17)}${by64}`);
}
client.destroy();

async function copyAll(s3: S3Client, sizeMib: number): Promise<string[]> {
  const source = { bucket: from, key: `${sizeMib}-MiB` };
  await upload(s3, source, sizeMib * mebibyte);
  const etag = (await headVersion(s3, source))?.etag;
  const shown: string[] = [];
  for (const partMib of [undefined, 16, 64]) {
    const copy = { source, destination: { bucket: to, key: `${source.key}-${partMib}` } };
    const startMs = performance.now();
    if (partMib === undefined) await copyObject(s3, copy);
    else await copyMultipart(s3, copy, { partSizeBytes: partMib * mebibyte, partConcurrency });
    const durationMs = Math.round(performance.now() - startMs);
    const made = await headVersion(s3, copy.destination);
    shown.push(`${durationMs}${made?.etag === etag ? '*' : ''}`);
  }
  return shown;
}

async function upload(s3: S3Client, destination: { bucket: string; key: string }, sizeBytes: number) {
  const piece = randomBytes(mebibyte);
  const head = {
    sizeBytes,
    etag: '',
    lastModifiedMs: 0,
    storageClass: 'STANDARD',
    headers: {},
    metadata: {},
    encryption: { customerKey: false },
    lock: { legalHold: false },
  };
  const chunks = async function* () {
    for (let sent = 0; sent < sizeBytes; sent += mebibyte) yield piece;
  };
  const put = { destination, content: { head, chunks: chunks() }, sizeBytes, tags: {}, placement: {} };
  const budget = new ByteBudget(8 * uploadPartBytes);
  await putStream(s3, put, { budget, partSizeBytes: uploadPartBytes });
}
