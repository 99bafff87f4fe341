import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { DoctorBucket } from '../../../src/doctor/bucket.ts';
import { diagnose, type Diagnosis, type DoctorOptions } from '../../../src/doctor/doctor.ts';
import { BackupError } from '../../../src/errors.ts';
import type { ListedVersion, VersionPage } from '../../../src/s3/types.ts';
import type { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';

const clock = new ManualClock();
const hourMs = 3_600_000;

/** A bucket in which all is well, but for what a test changes. */
function bucket(
  name: string,
  changes: Partial<DoctorBucket> & { listed?: ListedVersion[] } = {},
): DoctorBucket {
  const { listed = [], ...methods } = changes;
  return {
    name,
    endpoint: '',
    serverTimeMs: async () => clock.nowMs(),
    versioning: async () => 'enabled',
    lifecycleRules: async () => [],
    replicationRules: async () => [rule()],
    async *listVersions(listing): AsyncGenerator<VersionPage> {
      const versions = listed.filter((each) => each.key.startsWith(listing.prefix ?? ''));
      yield { versions, commonPrefixes: [], isTruncated: false };
    },
    head: async () => assert.fail('not expected to be read'),
    tags: async () => ({}),
    ...methods,
  };
}

function rule() {
  return {
    id: 'r',
    enabled: true,
    destination: 'slave',
    prefix: '',
    byTag: false,
    replicatesDeleteMarkers: true,
  };
}

function current(key: string, version = 1, changes: Partial<ListedVersion> = {}): ListedVersion {
  const lastModifiedMs = clock.nowMs() - hourMs;
  return { ...entry(key, version), lastModifiedMs, isLatest: true, isDeleteMarker: false, ...changes };
}

const denied = (what: string) => async () => {
  throw new BackupError('ACCESS_DENIED', `${what} is denied.`, { hint: `Grant ${what}.` });
};

interface Setting {
  repository: SnapshotRepository;
  options: DoctorOptions;
}

async function setting(t: TestContext): Promise<Setting> {
  const { repository, folder } = await openTestRepository(t);
  const configPath = join(folder, 'conf');
  writeFileSync(configPath, '', { mode: 0o600 });
  const options = {
    configPath,
    configHoldsSecrets: true,
    snapshotsDir: folder,
    policy: { keepLast: 1 },
    minimumRedundancy: 1,
    failedOver: undefined,
    overdueHours: undefined,
  };
  await addSnapshot(repository, '20261121T010000Z', [entry('a')]);
  return { repository, options };
}

async function examine(
  { repository, options }: Setting,
  { master = bucket('master'), slave = bucket('slave') } = {},
): Promise<Diagnosis> {
  return diagnose(options, {
    master,
    slave,
    withRepository: (work) => work(repository),
    clock,
    signal: new AbortController().signal,
  });
}

/** Checks that did not pass, as `id status`. */
function troubles({ checks }: Diagnosis): string[] {
  return checks.filter((check) => check.status !== 'pass').map((check) => `${check.id} ${check.status}`);
}

test('where all is well, every check passes', async (t) => {
  const result = await examine(await setting(t));
  assert.deepEqual(troubles(result), []);
  assert.equal(result.ok, true);
  assert.deepEqual(
    result.checks.map((check) => check.id),
    [
      'config-file',
      'snapshots-dir',
      'free-space',
      'catalogue',
      'manifests',
      'redundancy',
      'newest-snapshot',
      'retention',
      'slave-list',
      'clock',
      'slave-versioning',
      'slave-lifecycle',
      'slave-read',
      'master-list',
      'master-versioning',
      'replication',
      'replication-lag',
    ],
  );
});

describe('the slave', () => {
  const lifecycle = { id: 'l', enabled: true, prefix: '', expiresVersions: false, expiresCurrent: false };
  const cases: [string, Partial<DoctorBucket> & { listed?: ListedVersion[] }, string[]][] = [
    ['not versioned', { versioning: async () => 'off' }, ['slave-versioning fail']],
    ['versioning suspended (trap 6)', { versioning: async () => 'suspended' }, ['slave-versioning fail']],
    [
      'a rule that expires noncurrent versions (trap 11)',
      { lifecycleRules: async () => [{ ...lifecycle, expiresVersions: true }] },
      ['slave-lifecycle fail'],
    ],
    [
      'one that expires current versions',
      { lifecycleRules: async () => [{ ...lifecycle, expiresCurrent: true }] },
      ['slave-lifecycle warn'],
    ],
    [
      'one that is off',
      { lifecycleRules: async () => [{ ...lifecycle, enabled: false, expiresVersions: true }] },
      [],
    ],
    ['rules that may not be read', { lifecycleRules: denied('reading') }, ['slave-lifecycle warn']],
    [
      'versions that may not be read',
      { listed: [current('a')], head: denied('reading') },
      ['slave-read fail'],
    ],
    [
      'a clock that is off (trap 4)',
      { serverTimeMs: async () => clock.nowMs() - 5 * 60_000 },
      ['clock warn'],
    ],
    ['a bucket that cannot be listed', { serverTimeMs: denied('listing') }, ['slave-list fail']],
  ];
  for (const [name, changes, expected] of cases) {
    test(name, async (t) => {
      const result = await examine(await setting(t), { slave: bucket('slave', changes) });
      assert.deepEqual(
        troubles(result).filter((each) => !each.startsWith('replication-lag')),
        expected,
      );
      assert.equal(result.ok, !expected.some((each) => each.endsWith('fail')));
    });
  }
});

describe('the master', () => {
  const cases: [string, Partial<DoctorBucket>, string[]][] = [
    ['no replication', { replicationRules: async () => [] }, ['replication warn']],
    [
      'replication off',
      { replicationRules: async () => [{ ...rule(), enabled: false }] },
      ['replication warn'],
    ],
    [
      'replication to another bucket',
      { replicationRules: async () => [{ ...rule(), destination: 'other' }] },
      ['replication fail'],
    ],
    [
      'of a part, without delete markers (trap 9)',
      { replicationRules: async () => [{ ...rule(), prefix: 'a/', replicatesDeleteMarkers: false }] },
      ['replication warn', 'replication warn'],
    ],
    ['rules that may not be read', { replicationRules: denied('reading') }, ['replication warn']],
    ['versioning off', { versioning: async () => 'off' }, ['master-versioning warn']],
    ['another store', { endpoint: 'http://other' }, []],
    ['a bucket that cannot be listed', { serverTimeMs: denied('listing') }, ['master-list fail']],
  ];
  for (const [name, changes, expected] of cases) {
    test(name, async (t) => {
      const result = await examine(await setting(t), { master: bucket('master', changes) });
      assert.deepEqual(troubles(result), expected);
    });
  }

  test('that is the slave needs no replication', async (t) => {
    const one = bucket('slave', { replicationRules: denied('nobody asked') });
    assert.deepEqual(troubles(await examine(await setting(t), { master: one, slave: one })), []);
  });
});

describe('what has not arrived (trap 2)', () => {
  const head = { head: async () => ({}) as never };
  async function lag(t: TestContext, inMaster: ListedVersion[], inSlave: ListedVersion[]): Promise<string> {
    const result = await examine(await setting(t), {
      master: bucket('master', { listed: inMaster }),
      slave: bucket('slave', { listed: inSlave, ...head }),
    });
    const check = result.checks.find((each) => each.id === 'replication-lag');
    return `${check?.status} ${check?.message}`;
  }

  test('objects that are missing or old in the slave are counted', async (t) => {
    const inMaster = [current('a', 1), current('b', 2), current('c', 1)];
    assert.match(await lag(t, inMaster, [current('a', 1), current('b', 1)]), /^warn 2 of 3 .*"b"/);
  });

  test('the same version, or the same etag, has arrived; what is young has time', async (t) => {
    const inMaster = [
      current('a', 1),
      current('b', 2, { versionId: 'x' }),
      current('c', 1, { lastModifiedMs: clock.nowMs() }),
    ];
    assert.match(
      await lag(t, inMaster, [current('a', 1, { etag: 'multipart' }), current('b', 2)]),
      /^pass 2 objects/,
    );
  });
});

describe('this machine', () => {
  test('a configuration file with secrets that others can read', async (t) => {
    const here = await setting(t);
    chmodSync(here.options.configPath, 0o644);
    assert.deepEqual(troubles(await examine(here)), ['config-file fail']);
    chmodSync(here.options.configPath, 0o640);
    assert.deepEqual(troubles(await examine(here)), ['config-file warn']);
    assert.deepEqual(
      troubles(await examine({ ...here, options: { ...here.options, configHoldsSecrets: false } })),
      [],
    );
  });

  test('a folder that is not there, or cannot be', async (t) => {
    const here = await setting(t);
    const at = (snapshotsDir: string) => examine({ ...here, options: { ...here.options, snapshotsDir } });
    assert.deepEqual(troubles(await at(join(here.options.snapshotsDir, 'new'))), ['snapshots-dir warn']);
    assert.deepEqual(troubles(await at('/nowhere/at/all')), ['snapshots-dir fail']);
  });

  test('a catalogue that cannot be opened fails, and the rest is looked at', async (t) => {
    const here = await setting(t);
    const result = await diagnose(here.options, {
      master: bucket('master'),
      slave: bucket('slave'),
      withRepository: async () => {
        throw new BackupError('CATALOGUE_DAMAGED', 'damaged', { hint: 'rebuild' });
      },
      clock,
      signal: new AbortController().signal,
    });
    assert.deepEqual(troubles(result), ['catalogue fail']);
  });
});

describe('the snapshots', () => {
  test('too few, flagged, dated in the future, without a policy (traps 4 and 28)', async (t) => {
    const here = await setting(t);
    await addSnapshot(here.repository, '20291121T010000Z', [], { flags: ['shrunk'] });
    const options = { ...here.options, policy: {}, minimumRedundancy: 2 };
    assert.deepEqual(troubles(await examine({ ...here, options })), [
      'redundancy warn',
      'newest-future warn',
      'newest-flagged warn',
      'retention warn',
    ]);
  });

  test('damaged manifests, missing ranges, and what was begun', async (t) => {
    const here = await setting(t);
    const { repository, options } = here;
    await addSnapshot(repository, '20261121T020000Z', [], { state: 'deleting' });
    await addSnapshot(repository, '20261121T030000Z', [entry('lost', 3)]);
    const [range] = (await repository.read('20261121T030000Z')).ranges;
    await repository.ranges.remove(range?.hash ?? '');
    writeFileSync(join(options.snapshotsDir, 'manifests', '20261121T010000Z.json'), 'x');
    const result = await examine(here);
    assert.deepEqual(troubles(result), ['manifests fail', 'ranges fail', 'deleting warn']);
    assert.match(result.checks.find((check) => check.id === 'ranges')?.message ?? '', /20261121T030000Z/);
  });
});

test('the user stops it', async (t) => {
  const stopped = async () => {
    throw new BackupError('INTERRUPTED', 'Interrupted.');
  };
  const slave = bucket('slave', { lifecycleRules: stopped });
  await assert.rejects(examine(await setting(t), { slave }), { code: 'INTERRUPTED' });
});
