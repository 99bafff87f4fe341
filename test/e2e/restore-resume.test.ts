/** A restore that was killed, stopped or refused goes on where it stopped, and copies nothing twice. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Random } from '../support/random.ts';
import { isSoak } from './listing-support.ts';
import { keyOf, liveEtags, pairFor, putReplicated, requestsOf } from './restore-support.ts';

const kills = isSoak ? 30 : 8;
const inFlight = 8;
const mebibyte = 1024 ** 2;
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded({ maxCopyBytes: 5 * 1024 ** 3 });
  s3 = embedded.server;
});
after(() => embedded.stop());

/** After a delay from its start, or from the first copy that it asks for. */
async function killLater(child: ChildProcess, delayMs: number, onceItCopies: boolean): Promise<void> {
  const copies = (): number => s3.requests.counts.get('CopyObject') ?? 0;
  const before = copies();
  while (onceItCopies && child.exitCode === null && copies() === before) await sleep(5);
  await sleep(delayMs);
  child.kill('SIGKILL');
}

describe('an interrupted restore', () => {
  test(
    `killed ${kills} times at random moments: right, and nothing twice but what was in flight`,
    { timeout: 300_000 },
    async (t) => {
      const pair = pairFor(t, s3);
      const keys = 3000;
      for (let i = 0; i < keys; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}` });
      await pair.site.json(['snapshot']);
      const slow = s3.faults.add({ kind: 'latency', bucket: pair.master, delayMs: 25 });
      t.after(() => s3.faults.remove(slow.id));
      s3.requests.clear();
      const random = new Random(11);
      let killed = 0;
      let resumed = 0;
      const args = ['restore', 'latest', '--concurrency', String(inFlight)];
      for (; killed < kills; killed++) {
        const run = await pair.site.run(args, {
          onStart: (child) => void killLater(child, random.below(400), random.below(6) > 0),
        });
        if (run.code === 0) break;
        assert.equal(run.signal, 'SIGKILL', run.stderr);
        if (/going on with it/.test(run.stderr)) resumed += 1;
      }
      s3.faults.remove(slow.id);
      const last = await pair.site.json<RestoreResult>(args);
      t.diagnostic(`killed ${killed} times, resumed ${resumed} times; the last run copied ${last.copied}`);
      assert.ok(killed === kills && resumed > kills / 4);
      assert.deepEqual(liveEtags(s3, pair.master), liveEtags(s3, pair.slave));
      const copies = requestsOf(s3, 'CopyObject', pair.master).filter(({ status }) => status === 200).length;
      t.diagnostic(`${copies} copies of ${keys} objects`);
      assert.ok(copies <= keys + killed * inFlight, `${copies} copies of ${keys} objects`);
      const again = await pair.site.json<RestoreResult>(args);
      assert.deepEqual([again.plan.same, again.copied], [keys, 0]);
      assert.equal(again.resumed, null);
    },
  );

  test('Ctrl-C: exit 130, and the next run says that it resumes and copies only the rest', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 1000; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}` });
    await pair.site.json(['snapshot']);
    const slow = s3.faults.add({ kind: 'latency', bucket: pair.master, delayMs: 20 });
    const stopped = await pair.site.run(['restore', 'latest', '--concurrency', '4'], {
      onStart: (child) =>
        void (async () => {
          while (requestsOf(s3, 'CopyObject', pair.master).length < 100) await sleep(10);
          child.kill('SIGINT');
        })(),
    });
    s3.faults.remove(slow.id);
    assert.equal(stopped.code, 130, stopped.stderr);
    const before = liveEtags(s3, pair.master).size;
    assert.ok(before > 0 && before < 1000);
    s3.requests.clear();
    const text = await pair.site.run(['restore', 'latest']);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^Resumed: an earlier run of this restore had copied \d+ objects?\.$/m);
    assert.equal(requestsOf(s3, 'CopyObject', pair.master).length, 1000 - before);
    // What the journal knows needs no question.
    assert.ok(requestsOf(s3, 'HeadObject', pair.master).length <= 4);
  });

  test('what somebody else wrote in the meantime does not pass for ours', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 5; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: 'good' });
    await pair.site.json(['snapshot']);
    const denied = s3.faults.add({
      kind: 'access-denied',
      bucket: pair.master,
      operation: 'CopyObject',
      key: keyOf(4),
    });
    await pair.site.json(['restore', 'latest'], 3);
    s3.faults.remove(denied.id);
    s3.buckets.putVersion(pair.master, { key: keyOf(0), body: 'evil' });
    const mended = await pair.site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([mended.copied, mended.resumed], [2, { copied: 4 }]);
    assert.deepEqual(liveEtags(s3, pair.master), liveEtags(s3, pair.slave));
  });

  test('an upload that a kill left is removed by the next run', { timeout: 60_000 }, async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'huge', sizeBytes: 6 * 1024 ** 3, fillByte: 7 });
    await pair.site.json(['snapshot']);
    const slow = s3.faults.add({
      kind: 'latency',
      bucket: pair.master,
      operation: 'UploadPartCopy',
      delayMs: 5000,
    });
    const killed = await pair.site.run(['restore', 'latest'], {
      onStart: (child) =>
        void (async () => {
          while (requestsOf(s3, 'CreateMultipartUpload', pair.master).length === 0) await sleep(20);
          await sleep(200);
          child.kill('SIGKILL');
        })(),
    });
    assert.equal(killed.signal, 'SIGKILL');
    s3.faults.remove(slow.id);
    await pair.site.json(['restore', 'latest']);
    assert.equal(requestsOf(s3, 'AbortMultipartUpload', pair.master).length, 1);
    const again = await pair.site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([again.plan.same, again.copied], [1, 0], 'the etag of parts is not that of the whole');
  });

  test('two restores into one bucket do not run at once', { timeout: 60_000 }, async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'k', sizeBytes: mebibyte, fillByte: 1 });
    await pair.site.json(['snapshot']);
    s3.requests.clear();
    const slow = s3.faults.add({
      kind: 'latency',
      bucket: pair.master,
      operation: 'CopyObject',
      delayMs: 3000,
    });
    t.after(() => s3.faults.remove(slow.id));
    const first = pair.site.run(['restore', 'latest']);
    while (requestsOf(s3, 'ListObjectVersions', pair.master).length === 0) await sleep(20);
    const { error } = await pair.site.json<{ error: { code: string; message: string } }>(
      ['restore', 'latest'],
      5,
    );
    assert.equal(error.code, 'LOCKED');
    await pair.site.json(['restore', 'latest', '--dry-run']);
    assert.equal((await first).code, 0);
  });
});

describe('failures', () => {
  test('are listed in a file, with code and message', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 60; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: 'x' });
    await pair.site.json(['snapshot']);
    const denied = s3.faults.add({
      kind: 'access-denied',
      bucket: pair.master,
      operation: 'CopyObject',
      keyPattern: '[0-4]$',
    });
    t.after(() => s3.faults.remove(denied.id));
    const result = await pair.site.json<RestoreResult>(['restore', 'latest'], 3);
    assert.deepEqual([result.copied, result.failed, result.failures.length], [30, 30, 30]);
    const lines = readFileSync(result.failuresFile ?? '', 'utf8')
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 30);
    assert.match(lines[0] ?? '', /"code":"AccessDenied","message":"CopyObject/);
    s3.faults.remove(denied.id);
    await pair.site.json<RestoreResult>(['restore', 'latest']);
    assert.equal(existsSync(result.failuresFile ?? ''), false);
  });

  test('everything denied stops early with the cause', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 2000; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: 'x' });
    await pair.site.json(['snapshot']);
    s3.requests.clear();
    const denied = s3.faults.add({ kind: 'access-denied', bucket: pair.master, operation: 'CopyObject' });
    t.after(() => s3.faults.remove(denied.id));
    const { error } = await pair.site.json<{ error: { code: string; message: string } }>(
      ['restore', 'latest'],
      1,
    );
    assert.equal(error.code, 'ACCESS_DENIED');
    assert.match(error.message, /first \d+ objects all failed/);
    assert.ok(requestsOf(s3, 'CopyObject', pair.master).length < 300);
  });
});

describe('the cheapest plan', () => {
  test('a master that still holds its versions: no bytes and no copies across buckets', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 40; i++) putReplicated(s3, pair, keyOf(i), `${i}`);
    const good = liveEtags(s3, pair.master);
    await pair.site.json(['snapshot']);
    // Deleted, and the marker was not replicated; deleted, and it was; overwritten; left alone.
    for (let i = 0; i < 40; i++) {
      if (i % 4 < 2) s3.buckets.putVersion(pair.master, { key: keyOf(i), isDeleteMarker: true });
      if (i % 4 === 1) s3.buckets.putVersion(pair.slave, { key: keyOf(i), isDeleteMarker: true });
      if (i % 4 === 2) putReplicated(s3, pair, keyOf(i), 'bad');
    }
    s3.requests.clear();
    const result = await pair.site.json<RestoreResult>(['restore', 'latest']);
    const { plan } = result;
    assert.deepEqual([plan.same, plan.undelete, plan.within, plan.copy], [10, 10, 20, 30]);
    assert.deepEqual([result.undeleted, result.copied], [10, 20]);
    assert.deepEqual(liveEtags(s3, pair.master), good);
    const sources = requestsOf(s3, 'CopyObject', pair.master).map(
      ({ headers }) => headers['x-amz-copy-source'] ?? '',
    );
    assert.ok(sources.length === 20 && sources.every((source) => source.startsWith(`${pair.master}/`)));
    assert.equal(s3.requests.entries.filter(({ operation }) => operation === 'GetObject').length, 0);
  });

  test('under a lifecycle rule that expires versions, what was deleted is copied (trap 11)', async (t) => {
    const pair = pairFor(t, s3);
    putReplicated(s3, pair, 'k', 'x');
    await pair.site.json(['snapshot']);
    s3.buckets.putVersion(pair.master, { key: 'k', isDeleteMarker: true });
    const { PutBucketLifecycleConfigurationCommand } = await import('@aws-sdk/client-s3');
    const rule = {
      ID: 'r',
      Status: 'Enabled' as const,
      Filter: { Prefix: '' },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    };
    await embedded.client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: pair.master,
        LifecycleConfiguration: { Rules: [rule] },
      }),
    );
    const { plan } = await pair.site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([plan.undelete, plan.within], [0, 1]);
  });
});
