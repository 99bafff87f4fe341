/**
 * A disk that is full in the middle of a command: a clear message, nothing lost, and the same command ends well once there is room.
 * The disk is a small file system in memory, which only root can mount.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { readSnapshot } from '../support/index-oracle.ts';
import { Site } from '../support/site.ts';

const diskBytes = 8 * 2 ** 20;
const keyCount = 3000;
/** What is left of the disk: nothing, a few pages of the catalogue, half a range. */
const roomsBytes = [0, 16 * 2 ** 10, 200 * 2 ** 10];

const mount = mkdtempSync(join(tmpdir(), 'backup-my-bucket-disk-'));
const isMounted = tryMount();
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;
let bucketNumber = 0;

function tryMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', mount], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('\n*** SKIPPED, because no file system can be mounted here: a full disk ***\n');
    return false;
  }
}

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(async () => {
  await embedded.stop();
  if (isMounted) execFileSync('umount', [mount]);
  rmSync(mount, { recursive: true });
});

/** Two snapshots on a disk with room, of which the policy lets the first go. */
async function prepared(): Promise<{ bucket: string; site: Site; first: string }> {
  bucketNumber += 1;
  const bucket = `full-${bucketNumber}`;
  s3.buckets.create(bucket);
  const site = new Site(join(mount, bucket), {
    endpoint: s3.endpoint,
    master: bucket,
    slave: bucket,
    set: { RetentionPolicy: { KeepLast: 1 } },
  });
  putAll(bucket, 'first');
  const { snapshot: first } = await site.json<{ snapshot: string }>(['snapshot']);
  putAll(bucket, 'second');
  await site.json(['snapshot']);
  return { bucket, site, first };
}

function putAll(bucket: string, body: string): void {
  for (let i = 0; i < keyCount; i++) s3.buckets.putVersion(bucket, { key: `folder/k${i}`, body });
}

/** Leaves room for so much, and no more. */
function fillDisk(roomBytes: number): () => void {
  const ballast = join(mount, 'ballast');
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - roomBytes)));
  return () => rmSync(ballast);
}

/** Every snapshot that is listed as complete names only versions that are there, and its checksums are right. */
async function assertNothingLost(bucket: string, site: Site): Promise<void> {
  const present = new Set([...s3.buckets.versions(bucket)].map((each) => `${each.key} ${each.versionId}`));
  const listed = await site.json<{ snapshot: string; state: string }[]>(['list-snapshots']);
  const complete = listed.filter(({ state }) => state === 'complete');
  assert.ok(complete.length >= 1);
  for (const { snapshot } of complete) {
    const entries = readSnapshot(site.snapshotsDir, snapshot);
    assert.ok(entries.length >= keyCount);
    assert.ok(
      entries.every(({ key, versionId }) => present.has(`${key} ${versionId}`)),
      `${snapshot} is not whole`,
    );
  }
  assert.ok(listed.every(({ state }) => state !== 'damaged'));
}

const commands: [name: string, args: (first: string) => string[], isSureToFail: boolean][] = [
  ['snapshot', () => ['snapshot'], true],
  ['gc', () => ['gc', '--yes'], true],
  ['gc --orphans', () => ['gc', '--orphans', '--yes'], true],
  ['delete-snapshot', (first) => ['delete-snapshot', first], true],
  ['restore', (first) => ['restore', first], true],
  ['verify', () => ['verify', 'latest'], false],
  ['hold', (first) => ['hold', first], false],
  ['catalogue rebuild', () => ['catalogue', 'rebuild'], false],
  ['list-snapshots', () => ['list-snapshots'], false],
  ['diff', (first) => ['diff', first, 'latest', '--summary'], false],
  ['doctor', () => ['doctor'], false],
];

describe('a full disk in the middle of', { skip: !isMounted }, () => {
  for (const [name, args, isSureToFail] of commands) {
    test(name, { timeout: 180_000 }, async () => {
      const { bucket, site, first } = await prepared();
      if (name === 'snapshot') putAll(bucket, 'third');
      let failures = 0;
      for (const roomBytes of roomsBytes) {
        const makeRoom = fillDisk(roomBytes);
        const { code, stdout, stderr } = await site.run([...args(first), '--json']).finally(makeRoom);
        if (name !== 'doctor' && code !== 0) {
          failures += 1;
          assert.equal(code, 1, `${stdout}${stderr}`);
          const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
          assert.equal(error.code, 'SNAPSHOTS_DIR', error.message);
          assert.match(error.message, new RegExp(bucket));
          assert.match(error.hint, /space/);
        }
        await assertNothingLost(bucket, site);
      }
      assert.ok(failures > 0 || !isSureToFail, 'there was room for all of it');
      const { code, stderr } = await site.run(args(first));
      const isGone = name === 'delete-snapshot' && code === 2;
      assert.ok(code === 0 || isGone || name === 'doctor', stderr);
      await assertNothingLost(bucket, site);
      rmSync(site.folder, { recursive: true });
    });
  }
});
