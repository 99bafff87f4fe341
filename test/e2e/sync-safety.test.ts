/** What a sync must not do: delete what is not gone, upload what is half-written, leave unfinished uploads, run twice at once. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import Database from 'better-sqlite3';
import { startEmbedded } from '../support/embedded.ts';
import { countsOf, Feeder } from '../support/feeder.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import { keysIn } from './sync-support.ts';

const embedded = await startEmbedded();
after(() => embedded.stop());
const { client, server } = embedded;
const mebibyte = 1024 ** 2;

async function feederWith(t: TestContext, files: number, site: Record<string, unknown> = {}) {
  const Bucket = await createTestBucket(client);
  const whole = { Name: 's', Path: 'src', Bucket, RetireDeleted: true, ...site };
  const feeder = new Feeder(tempDir(t), server.endpoint, [whole]);
  mkdirSync(feeder.path('src'));
  for (let n = 0; n < files; n++) feeder.write(`src/${n % 2 === 0 ? 'a' : 'b'}/${n}`);
  return { feeder, Bucket, site: whole };
}

async function assertRefused(feeder: Feeder, args: string[], message: RegExp, Bucket: string, keys: number) {
  const { sites, error } = await feeder.sync(args, 4);
  assert.equal(error?.code, 'REFUSED');
  assert.match(error?.message ?? '', message);
  assert.equal(sites[0]?.deleted, 0);
  assert.equal((await keysIn(client, Bucket)).length, keys);
}

describe('deletions are refused', () => {
  test('where the source is missing, or no folder', async (t) => {
    const { feeder, Bucket } = await feederWith(t, 4);
    await feeder.one();
    renameSync(feeder.path('src'), feeder.path('gone'));
    await assertRefused(feeder, [], /is not there/, Bucket, 4);
    await assertRefused(feeder, ['--force'], /is not there/, Bucket, 4);
    writeFileSync(feeder.path('src'), '');
    await assertRefused(feeder, [], /is no folder/, Bucket, 4);
  });

  test('where the source is empty, unless forced', async (t) => {
    const { feeder, Bucket } = await feederWith(t, 4);
    await feeder.one();
    feeder.remove('src/a');
    feeder.remove('src/b');
    await assertRefused(feeder, [], /There is nothing in/, Bucket, 4);
    assert.equal((await feeder.one(['--force'])).deleted, 4);
  });

  test('where a part of the source cannot be read; what can be is brought', async (t) => {
    const { feeder, Bucket } = await feederWith(t, 6);
    await feeder.one();
    feeder.remove('src/a/0');
    feeder.write('src/b/new');
    // root reads everything: then the command runs as somebody else.
    const asOther = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    for (const path of [feeder.folder, feeder.stateDir, join(feeder.stateDir, 'sites')])
      chmodSync(path, 0o777);
    const state = join(feeder.stateDir, 'sites');
    rmSync(state, { recursive: true });
    mkdirSync(state);
    chmodSync(state, 0o777);
    chmodSync(feeder.configPath, 0o644);
    chmodSync(feeder.path('src/a'), 0o000);
    chmodSync(feeder.path('src/b/1'), 0o000);
    const { sites, error } = await feeder.sync([], 3, asOther);
    assert.equal(error, undefined);
    assert.deepEqual(
      sites[0]?.failures.map(({ key, code }) => `${key} ${code}`),
      ['a/ EACCES', 'b/1 EACCES'],
    );
    feeder.remove('src/b/3');
    const refused = await feeder.sync([], 4, asOther);
    assert.match(refused.error?.message ?? '', /could not be read/);
    assert.deepEqual((await keysIn(client, Bucket)).length, 7);
    chmodSync(feeder.path('src/a'), 0o755);
    chmodSync(feeder.path('src/b/1'), 0o644);
    assert.deepEqual(countsOf((await feeder.sync([], 0, asOther)).sites[0]!), {
      uploaded: 0,
      same: 5,
      deleted: 2,
      failed: 0,
    });
  });

  test('where a disk that was there is not mounted, unless forced', async (t) => {
    const { feeder, Bucket } = await feederWith(t, 6);
    await feeder.one();
    // As if an earlier run had found a disk below.
    const state = new Database(statePath(feeder));
    state.prepare('UPDATE feeds SET needed = ?').run(JSON.stringify(['/', feeder.path('src/a')]));
    state.close();
    feeder.remove('src/a/0');
    await assertRefused(feeder, [], /Nothing is mounted at .*src\/a/, Bucket, 6);
    assert.equal((await feeder.one(['--force'])).deleted, 1);
    feeder.remove('src/a/2');
    assert.equal((await feeder.one()).deleted, 1);
  });

  test('beyond --max-delete, and of more than half without --yes', async (t) => {
    const { feeder, Bucket } = await feederWith(t, 30);
    await feeder.one();
    feeder.remove('src/a');
    feeder.remove('src/b/1');
    await assertRefused(feeder, ['--max-delete', '15'], /more than --max-delete 15/, Bucket, 30);
    await assertRefused(feeder, [], /more than half/, Bucket, 30);
    assert.equal((await feeder.one(['--dry-run'])).deleted, 16);
    assert.equal((await feeder.one(['--yes', '--max-delete', '16'])).deleted, 16);
  });

  test('by nothing where nothing is to be deleted', async (t) => {
    const { feeder } = await feederWith(t, 2, { RetireDeleted: false });
    await feeder.one();
    feeder.remove('src/a');
    feeder.remove('src/b');
    assert.deepEqual(countsOf(await feeder.one()), { uploaded: 0, same: 0, deleted: 0, failed: 0 });
  });
});

describe('a file is brought as it was at one moment, or not at all (trap 31)', () => {
  test('one that grows all the time is reported, and the rest goes on', { timeout: 60_000 }, async (t) => {
    const { feeder, Bucket } = await feederWith(t, 4);
    feeder.write('src/growing', Buffer.alloc(3 * mebibyte));
    const writer = setInterval(() => writeFileSync(feeder.path('src/growing'), 'x', { flag: 'a' }), 1);
    t.after(() => clearInterval(writer));
    const { uploaded, failures } = await feeder.one([], 3);
    clearInterval(writer);
    assert.deepEqual([uploaded, failures.map(({ key, code }) => `${key} ${code}`)], [4, ['growing CHANGED']]);
    assert.ok(!(await keysIn(client, Bucket)).includes('growing'));
    assert.equal((await feeder.one()).uploaded, 1);
  });
});

describe('interrupted', () => {
  test('unfinished uploads of a killed run are removed by the next', { timeout: 120_000 }, async (t) => {
    const { feeder, Bucket } = await feederWith(t, 2, { ChunkSizeBytes: 5 * mebibyte });
    feeder.write('src/large', Buffer.alloc(30 * mebibyte, 'x'));
    const stop = server.faults.add({ operation: 'UploadPart', kind: 'latency', delayMs: 60_000 });
    const uploads = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0;
    // A part is only sent once the upload is noted.
    const sent = (): number => server.requests.counts.get('UploadPart') ?? 0;
    const before = sent();
    const killed = await feeder.run(['sync'], {
      onStart: (child) =>
        void killOnceThere(
          async () => sent() - before,
          () => child.kill('SIGKILL'),
        ),
    });
    assert.equal(killed.signal ?? killed.code, 'SIGKILL');
    server.faults.remove(stop.id);
    assert.equal(await uploads(), 1);
    await feeder.one();
    assert.equal(await uploads(), 0);
    assert.ok((await keysIn(client, Bucket)).includes('large'));
  });

  test('SIGTERM ends it cleanly, and a rerun goes on', { timeout: 120_000 }, async (t) => {
    const { feeder, Bucket } = await feederWith(t, 200);
    const slow = server.faults.add({ operation: 'PutObject', kind: 'latency', delayMs: 200 });
    const some = async () => (await keysIn(client, Bucket)).length;
    const stopped = await feeder.run(['sync', '--concurrency', '8'], {
      onStart: (child) => void killOnceThere(some, () => child.kill('SIGTERM')),
    });
    assert.equal(stopped.code, 143);
    server.faults.remove(slow.id);
    const done = await feeder.one();
    assert.equal(done.failed + done.deleted, 0);
    assert.equal((await keysIn(client, Bucket)).length, 200);
  });
});

test('two syncs of one site at once: the second is refused', { timeout: 60_000 }, async (t) => {
  const { feeder } = await feederWith(t, 20);
  const slow = server.faults.add({ operation: 'ListObjectsV2', kind: 'latency', delayMs: 3000 });
  const first = feeder.run(['sync']);
  await sleep(1500);
  const { error } = await feeder.sync([], 5);
  server.faults.remove(slow.id);
  assert.equal(error?.code, 'LOCKED');
  assert.match(error?.message ?? '', /sync of site s/);
  assert.equal((await first).code, 0);
});

test('what is unchanged costs no request, and a damaged memory only a comparison', async (t) => {
  const { feeder } = await feederWith(t, 50);
  await feeder.one();
  server.requests.clear();
  assert.equal((await feeder.one()).same, 50);
  const asked = [...server.requests.counts.keys()].sort();
  assert.deepEqual(asked, ['GetBucketVersioning', 'ListObjectsV2']);
  cpSync(feeder.configPath, statePath(feeder));
  server.requests.clear();
  assert.equal((await feeder.one()).same, 50);
  assert.equal(server.requests.counts.get('PutObject'), undefined);
});

test('a site without rights stops early, and says why', { timeout: 60_000 }, async (t) => {
  const { feeder } = await feederWith(t, 300);
  const denied = server.faults.add({ operation: 'PutObject', kind: 'access-denied' });
  const { sites, error } = await feeder.sync([], 1);
  server.faults.remove(denied.id);
  assert.equal(error?.code, 'ACCESS_DENIED');
  assert.ok((sites[0]?.failed ?? 0) < 300);
});

function statePath(feeder: Feeder): string {
  const folder = join(feeder.stateDir, 'sites');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.sqlite')) ?? '');
}

/** Calls `kill` as soon as `count` says more than nothing. */
async function killOnceThere(count: () => Promise<number>, kill: () => void): Promise<void> {
  for (let tries = 0; tries < 400 && (await count()) === 0; tries++) await sleep(25);
  kill();
}
