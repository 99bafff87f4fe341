/** Restores from a server of which one answer in twenty is wrong: right contents or a listed failure, never a silent difference. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { keyOf, liveEtags, pairFor, putReplicated } from './restore-support.ts';

const share = 0.05;
const about = { headers: { 'content-type': 'text/x' }, metadata: { a: 'b' }, tags: { t: 'u' } };
const kinds = [
  'status',
  'error-in-200',
  'reset-before',
  'reset-after',
  'reset-mid-body',
  'cut-body',
  'cut-chunked',
] as const;
const operations = [
  'CopyObject',
  'DeleteObject',
  'DeleteObjects',
  'CreateMultipartUpload',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'ListObjectVersions',
];
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded({ faultSeed: 5 });
  s3 = embedded.server;
});
after(() => embedded.stop());

test('one answer in twenty is wrong, in every way (trap 17)', { timeout: 120_000 }, async (t) => {
  const pair = pairFor(t, s3);
  for (let i = 0; i < 400; i++) {
    if (i % 4 === 0) putReplicated(s3, pair, keyOf(i), `${i}`);
    else s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}`, ...about });
  }
  s3.buckets.putVersion(pair.slave, { key: 'huge', sizeBytes: 5.5 * 1024 ** 3, fillByte: 7, ...about });
  await pair.site.json(['snapshot']);
  for (let i = 0; i < 400; i += 8)
    s3.buckets.putVersion(pair.master, { key: keyOf(i), isDeleteMarker: true });
  for (let i = 0; i < 20; i++) s3.buckets.putVersion(pair.master, { key: `extra${i}`, body: 'x' });
  for (const kind of kinds)
    s3.faults.add({ kind, operation: operations, bucket: pair.master, rate: share / kinds.length });
  const args = ['restore', 'latest', '--delete-extra', '--no-undo-point'];
  const first = JSON.parse((await pair.site.run([...args, '--json'])).stdout) as RestoreResult;
  const failed = new Set(first.failures.map(({ key }) => key));
  t.diagnostic(`${failed.size} failed, ${first.copied} copied, ${first.undeleted} undeleted`);
  assert.equal(
    first.copied + first.undeleted,
    first.plan.copy - [...failed].filter((key) => !key.startsWith('extra')).length,
  );
  s3.faults.clear();
  const wanted = [...liveEtags(s3, pair.slave)].filter(([key]) => !failed.has(key) && key !== 'huge');
  const restored = liveEtags(s3, pair.master);
  for (const [key, etag] of wanted) assert.equal(restored.get(key), etag, key);

  const last = await pair.site.json<RestoreResult>([...args, '--verify']);
  assert.deepEqual([last.failed, last.verification?.different], [0, 0]);
  assert.equal(last.copied <= failed.size, true, 'what was done is not done again');
  const made = [...s3.buckets.versions(pair.master)].filter((each) => each.isLatest && !each.isDeleteMarker);
  assert.equal(made.length, 401);
  const huge = made.find(({ key }) => key === 'huge');
  assert.equal(huge?.content.sizeBytes, 5.5 * 1024 ** 3);
  assert.deepEqual([huge.headers, huge.metadata, huge.tags], [about.headers, about.metadata, about.tags]);
});
