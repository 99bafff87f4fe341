/** The master is lost: the slave takes its place, and gives it back. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { after, before, test, type TestContext } from 'node:test';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { SwitchResult } from '../../src/failover/switch.ts';
import type { GcResult } from '../../src/gc/gc.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

let embedded: EmbeddedForTest;
let number = 0;
before(async () => {
  embedded = await startEmbedded();
});
after(() => embedded.stop());

interface Pair {
  site: Site;
  master: string;
  slave: string;
  /** Writes what replication would bring to the other bucket too. */
  put: (key: string, body: string, to?: 'both' | 'master' | 'slave') => void;
}

function openPair(t: TestContext): Pair {
  number += 1;
  const [master, slave] = [`photos-${number}`, `history-${number}`];
  const { buckets, endpoint } = embedded.server;
  for (const bucket of [master, slave]) buckets.create(bucket);
  let versions = 0;
  return {
    master,
    slave,
    site: new Site(tempDir(t), { endpoint, master, slave }),
    put: (key, body, to = 'both') => {
      versions += 1;
      const version = {
        key,
        body,
        versionId: `v${versions}`,
        lastModifiedMs: Date.now() - 3_600_000 + versions * 1000,
      };
      if (to !== 'slave') buckets.putVersion(master, version);
      if (to !== 'master') buckets.putVersion(slave, version);
    },
  };
}

function current(bucket: string): Record<string, string> {
  const live: Record<string, string> = {};
  for (const { key, isLatest, isDeleteMarker, etag } of embedded.server.buckets.versions(bucket))
    if (isLatest && !isDeleteMarker) live[key] = etag;
  return live;
}

test('there and back: roles, file, snapshots, restore and gc', async (t) => {
  const { site, master, slave, put } = openPair(t);
  put('a', 'first');
  put('b', 'first');
  const { snapshot } = await site.json<SnapshotResult>(['snapshot']);
  const good = current(slave);
  chmodSync(site.configPath, 0o640);
  const before = readFileSync(site.configPath, 'utf8');

  const dry = await site.json<SwitchResult>(['failover', '--dry-run']);
  assert.deepEqual([dry.switched, dry.master, dry.slave], [false, slave, master]);
  assert.equal(readFileSync(site.configPath, 'utf8'), before);

  const done = await site.json<SwitchResult>(['failover']);
  assert.deepEqual([done.switched, done.master, done.slave], [true, slave, master]);
  assert.equal(readFileSync(done.copy ?? '', 'utf8'), before);
  for (const path of [site.configPath, done.copy ?? '']) assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.match((await site.run(['doctor'])).stdout, /WARN {2}failed-over/);
  assert.equal((await site.run(['failover'])).code, 4);

  // The new slave's snapshots are its own; those of the old one stay, and are restored by name.
  put('a', 'second');
  await site.json(['snapshot']);
  const ofSlave = await site.json<{ bucket: string }[]>(['list-snapshots']);
  assert.deepEqual(
    ofSlave.map(({ bucket }) => bucket),
    [master],
  );
  const all = await site.json<{ snapshot: string; bucket: string }[]>(['list-snapshots', '--all-buckets']);
  assert.deepEqual(all.map(({ bucket }) => bucket).sort(), [slave, master].sort());
  await site.json(['restore', snapshot, '--delete-extra']);
  assert.deepEqual(current(slave), good);

  // gc works on the new slave alone.
  site.configure({
    ...rolesIn(site),
    RetentionPolicy: { KeepLast: 1 },
    FailedOver: new Date().toISOString(),
  });
  const versionsBefore = [...embedded.server.buckets.versions(slave)].length;
  const gc = await site.json<GcResult>(['gc', '--yes']);
  assert.ok(gc.kept.every((each) => each.snapshot !== snapshot));
  assert.equal([...embedded.server.buckets.versions(slave)].length, versionsBefore);
  assert.equal((await site.run(['gc', '--orphans', '--dry-run'])).code, 4);
  await site.json(['verify', 'latest']);

  const back = await site.json<SwitchResult>(['failback', '--force']);
  assert.deepEqual([back.master, back.slave], [master, slave]);
  assert.equal((await site.json<{ snapshot: string }[]>(['list-snapshots']))[0]?.snapshot, snapshot);
  assert.equal((await site.run(['failback'])).code, 4);
  await site.json(['verify', snapshot]);
});

function rolesIn(site: Site): Record<string, unknown> {
  const { BackupSet } = JSON.parse(readFileSync(site.configPath, 'utf8')) as {
    BackupSet: Record<string, unknown>;
  };
  const { MasterBucket, SlaveBucket } = BackupSet;
  return { MasterBucket, SlaveBucket };
}

test('a file that is as it was again after failback', async (t) => {
  const { site, put } = openPair(t);
  put('a', 'x');
  await site.json(['snapshot']);
  const before = readFileSync(site.configPath, 'utf8');
  await site.json(['failover']);
  assert.notEqual(readFileSync(site.configPath, 'utf8'), before);
  await site.json(['failback']);
  assert.equal(readFileSync(site.configPath, 'utf8'), before);
});

test('what would lose something is refused, exit 4, and the file stays', async (t) => {
  const { site, slave, put } = openPair(t);
  put('a', 'x');
  const before = readFileSync(site.configPath, 'utf8');
  const refused = async (args: string[], message: RegExp): Promise<void> => {
    const result = await site.run(args);
    assert.equal(result.code, 4, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(readFileSync(site.configPath, 'utf8'), before);
  };
  await site.json(['snapshot', '--prefix', 'other/']);
  await site.json(['delete-snapshot', 'latest', '--force']);
  await refused(['failover'], /no snapshot of history/);
  await site.json(['snapshot']);
  put('late', 'has not come over', 'master');
  await refused(['failover'], /not in history.*\n.*--force/);
  await embedded.client.send(
    new PutBucketVersioningCommand({ Bucket: slave, VersioningConfiguration: { Status: 'Suspended' } }),
  );
  await refused(['failover', '--force'], /is not on: what is written there would replace its history/);
});

test('a master that is gone does not stand in the way; one bucket for both has no roles', async (t) => {
  const { site, slave, put } = openPair(t);
  put('a', 'x');
  await site.json(['snapshot']);
  site.configure({ MasterEndpoint: 'http://127.0.0.1:9' });
  const { checks, switched } = await site.json<SwitchResult>(['failover']);
  assert.ok(switched);
  assert.equal(checks.find(({ id }) => id === 'new-slave')?.status, 'warn');
  const { BackupSet } = JSON.parse(readFileSync(site.configPath, 'utf8')) as {
    BackupSet: Record<string, string>;
  };
  assert.deepEqual([BackupSet['MasterBucket'], BackupSet['SlaveEndpoint']], [slave, 'http://127.0.0.1:9']);

  site.configure({ MasterBucket: slave });
  const result = await site.run(['failover']);
  assert.equal(result.code, 4);
  assert.match(result.stderr, /master and slave in one/);
});
