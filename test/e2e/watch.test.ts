/**
 * A directory in a storm, and the built command that watches it. `BMB_SOAK=1` (`make soak`) runs it at its full size: 10,000 files, the server gone
 * for half a minute. How long the bucket took to become equal is printed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { chunksOf } from '../../src/s3-embedded/model/content.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { uniqueBucketName } from '../support/test-bucket.ts';
import { isWhole, storm } from './storm.ts';
import { liveEtags } from './restore-support.ts';
import { startWatch, untilEqual, watchedFolder, type RunningWatch, type Watched } from './watch-support.ts';

const isSoak = process.env['BMB_SOAK'] === '1';
const size = isSoak ? { files: 10_000, outageMs: 30_000 } : { files: 1_500, outageMs: 5_000 };
const timeout = 600_000;
/** More than half of the files can go at once in a storm. */
const stormy = ['--yes'];

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

function newBucket(): string {
  const bucket = uniqueBucketName('watched');
  s3.buckets.create(bucket);
  return bucket;
}

function assertNeverHalf(bucket: string): void {
  let versions = 0;
  for (const { key, isDeleteMarker, content } of s3.buckets.versions(bucket)) {
    if (isDeleteMarker) continue;
    versions += 1;
    assert.ok(
      isWhole(Buffer.concat([...chunksOf(content)]).toString()),
      `a version of ${key} is half-written`,
    );
  }
  assert.ok(versions > 0);
}

describe('a storm', { timeout }, () => {
  test('ends with the bucket equal to the directory, and no half-written file at any time (trap 31)', async (t) => {
    const bucket = newBucket();
    const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
    const watch = startWatch(t, watched, stormy);
    await storm({ root: watched.root, files: size.files, seed: 1 });
    await judge(t, watched, watch, bucket);
    await watch.begun;
    const { code, stderr } = await watch.stop();
    assert.equal(code, 143, stderr);
  });

  test('through a restart in the middle, a clean one and a kill', async (t) => {
    const bucket = newBucket();
    const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
    let watch = startWatch(t, watched, stormy);
    const restart = async (signal: NodeJS.Signals, code: number | null): Promise<void> => {
      await watch.begun;
      const result = await watch.stop(signal);
      assert.equal(result.code, code, result.stderr);
      watch = startWatch(t, watched, stormy);
    };
    await storm({
      root: watched.root,
      files: size.files,
      seed: 2,
      at: [
        { share: 0.4, work: () => restart('SIGTERM', 143) },
        { share: 0.7, work: () => restart('SIGKILL', null) },
      ],
    });
    await judge(t, watched, watch, bucket);
  });

  test('through a server that is gone for a while', async (t) => {
    const bucket = newBucket();
    const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
    const watch = startWatch(t, watched, stormy);
    let back: Promise<void> | undefined;
    await storm({
      root: watched.root,
      files: size.files,
      seed: 3,
      at: [
        {
          share: 0.4,
          work: async () => {
            await s3.close();
            back = new Promise<void>((resolve) => setTimeout(resolve, size.outageMs)).then(() => s3.reopen());
          },
        },
      ],
    });
    await back;
    await judge(t, watched, watch, bucket);
  });
});

async function judge(
  t: { diagnostic: (text: string) => void },
  watched: Watched,
  watch: RunningWatch,
  bucket: string,
): Promise<void> {
  const tookMs = await untilEqual(watched, watch, () => sum(s3.requests.counts.values()));
  t.diagnostic(`equal ${Math.round(tookMs)} ms after the end`);
  assertNeverHalf(bucket);
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, each) => total + each, 0);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 600 && !condition(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(condition(), `it did not happen in time: ${what}`);
}

test('two watches of one site are not run beside each other: exit 5', async (t) => {
  const bucket = newBucket();
  const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
  writeFileSync(join(watched.root, 'f'), '1 1\n1');
  const watch = startWatch(t, watched);
  await untilEqual(watched, watch);
  assert.equal((await startWatch(t, watched).ended).code, 5);
});

test('a site whose folder is missing is waited for, and nothing is deleted meanwhile', async (t) => {
  const bucket = newBucket();
  const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket), {
    Path: 'data/later',
  });
  s3.buckets.putVersion(bucket, { key: 'kept', body: 'x' });
  const watch = startWatch(t, watched);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.ok(liveEtags(s3, bucket).has('kept'));
  mkdirSync(join(watched.root, 'later'));
  writeFileSync(join(watched.root, 'later/f'), '1 1\n1');
  await untilEqual({ ...watched, root: join(watched.root, 'later') }, watch);
});

test('what takes most of a site along is refused, told, and kept from nothing else', async (t) => {
  const bucket = newBucket();
  const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
  const names = Array.from({ length: 30 }, (_, n) => `f${n}`);
  for (const name of names) writeFileSync(join(watched.root, name), '1 1\n1');
  const watch = startWatch(t, watched);
  await untilEqual(watched, watch);
  let log = '';
  watch.child.stderr?.on('data', (text: string) => (log += text));
  for (const name of names.slice(0, 20)) rmSync(join(watched.root, name));
  await until(() => /ERROR 20 of 30 objects of .* would be deleted, more than half; none was/.test(log), log);
  writeFileSync(join(watched.root, 'new'), '1 1\n1');
  await until(() => liveEtags(s3, bucket).has('new'), 'new');
  assert.equal(liveEtags(s3, bucket).size, 31);
  assert.equal((await watch.stop()).code, 143);
  await untilEqual(watched, startWatch(t, watched, ['--yes']));
});

test('a bucket as a source is compared every so often', async (t) => {
  const [from, to] = [newBucket(), newBucket()];
  const source = {
    Path: undefined,
    WatchIntervalMs: undefined,
    SourceBucket: from,
    SourceEndpoint: s3.endpoint,
  };
  const watched = watchedFolder(t, s3.endpoint, to, async () => liveEtags(s3, to), source);
  const watch = startWatch(t, watched, ['--poll', '1']);
  await watch.begun;
  s3.buckets.putVersion(from, { key: 'late', body: '1 1\n1' });
  s3.buckets.putVersion(from, { key: 'other', body: 'x' });
  s3.buckets.putVersion(from, { key: 'other', isDeleteMarker: true });
  writeFileSync(join(watched.root, 'late'), '1 1\n1');
  await untilEqual(watched, watch);
});

test('figures are served to Prometheus, on this machine alone', async (t) => {
  const bucket = newBucket();
  const watched = watchedFolder(t, s3.endpoint, bucket, async () => liveEtags(s3, bucket));
  writeFileSync(join(watched.root, 'f'), '1 1\n1');
  const watch = startWatch(t, watched);
  let log = '';
  watch.child.stderr?.on('data', (text: string) => (log += text));
  await untilEqual(watched, watch);
  const url = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(log)?.[0];
  assert.ok(url !== undefined, log);
  const text = await (await fetch(url)).text();
  assert.match(text, /^backup_my_bucket_watch_uploaded_total\{site="data"\} 1$/m);
  assert.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
});
