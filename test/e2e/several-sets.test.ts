/** Several backup sets in one configuration, and what is told of their runs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { runCommand, runJson, type CommandResult } from '../support/command.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startPostServer, type PostServer } from '../support/webhook.ts';

interface FailedSet {
  set: string;
  error: { code: string };
}

let embedded: EmbeddedForTest;
let bucketNumber = 0;
before(async () => {
  embedded = await startEmbedded();
});
after(() => embedded.stop());

interface Sets {
  folder: string;
  configPath: string;
  buckets: string[];
}

/** A set for each name; those whose name begins with `lost` have a bucket that is not there. */
function openSets(t: TestContext, names: string[], top: object = {}): Sets {
  const folder = tempDir(t);
  const configPath = join(folder, 'backup-my-bucket.conf');
  const buckets = names.map((name) => {
    bucketNumber += 1;
    const bucket = `${name}-${bucketNumber}`;
    if (!name.startsWith('lost')) {
      embedded.server.buckets.create(bucket);
      embedded.server.buckets.putVersion(bucket, { key: 'k', body: name });
    }
    return bucket;
  });
  const BackupSets = names.map((Name, index) => ({
    Name,
    SnapshotsDir: join(folder, Name),
    MinimumRedundancy: 1,
    RetentionPolicy: 30,
    MasterBucket: buckets[index],
    MasterRegion: 'us-east-1',
    MasterEndpoint: embedded.server.endpoint,
    SlaveBucket: buckets[index],
    SlaveRegion: 'us-east-1',
    SlaveEndpoint: embedded.server.endpoint,
    AccessKey: 'test',
    SecretKey: 'testsecret',
  }));
  writeFileSync(configPath, JSON.stringify({ LogLevel: 0, ...top, BackupSets }), { mode: 0o600 });
  return { folder, configPath, buckets };
}

const run = ({ configPath }: Sets, ...args: string[]): Promise<CommandResult> =>
  runCommand([...args, '--config', configPath]);
const json = <T>({ configPath }: Sets, args: string[], code = 0): Promise<T> =>
  runJson<T>([...args, '--config', configPath], code);

describe('several sets', () => {
  test('one that fails stops no other, and the exit code is the worst', async (t) => {
    const sets = openSets(t, ['first', 'lost', 'last']);
    const taken = await json<(FailedSet | { set: string; keys: number })[]>(sets, ['snapshot'], 1);
    assert.deepEqual(
      taken.map((each) => ('error' in each ? [each.set, each.error.code] : [each.set, each.keys])),
      [
        ['first', 1],
        ['lost', 'BUCKET_MISSING'],
        ['last', 1],
      ],
    );
    const text = await run(sets, 'snapshot', '--quiet');
    assert.equal(text.code, 1);
    assert.match(text.stderr, /lost.* set=lost/);
    const collected = await json<(FailedSet | { kept: unknown[] })[]>(sets, ['gc'], 1);
    assert.deepEqual(
      collected.map((each) => 'error' in each),
      [false, true, false],
    );
  });

  test('commands of one set want to know which', async (t) => {
    const sets = openSets(t, ['first', 'last']);
    await json(sets, ['snapshot']);
    const commands = [
      ['list-snapshots'],
      ['show', 'latest'],
      ['diff', 'latest', 'live'],
      ['find', 'k'],
      ['verify', 'latest'],
      ['doctor'],
      ['hold', 'latest'],
      ['release', 'latest'],
      ['restore', 'latest', '--dry-run'],
      ['delete-snapshot', 'latest', '--dry-run', '--force'],
      ['catalogue', 'rebuild'],
      ['import-snapshots', sets.folder],
    ];
    for (const command of commands) {
      const without = await run(sets, ...command);
      assert.equal(without.code, 2, command.join(' '));
      assert.match(without.stderr, /Choose one with --set: first, last/, command.join(' '));
      const chosen = await run(sets, ...command, '--set', 'last');
      // The configuration file is no old snapshot.
      assert.ok(
        chosen.code === 0 || command[0] === 'import-snapshots',
        `${command.join(' ')}: ${chosen.stderr}`,
      );
    }
    const unknown = await run(sets, 'snapshot', '--set', 'frist');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /The sets are: first, last/);
  });
});

describe('what is told of runs', () => {
  const eventsOf = ({ posted }: PostServer): unknown[] =>
    posted.map(({ body }) => {
      const { event, set, command, exitCode } = JSON.parse(body.toString()) as Record<string, unknown>;
      return [event, set, command, exitCode];
    });

  test('each set tells of its own; views and dry runs tell nothing', async (t) => {
    const server = await startPostServer(t);
    const metricsDir = tempDir(t);
    const Notifications = { Webhooks: [{ Url: `${server.url}/secret-hook`, On: ['failure', 'success'] }] };
    const sets = openSets(t, ['first', 'lost'], { Notifications, Metrics: { TextfileDir: metricsDir } });
    await run(sets, 'snapshot');
    await run(sets, 'gc', '--dry-run');
    await run(sets, 'list-snapshots', '--set', 'first');
    await run(sets, 'verify', 'latest', '--set', 'first');
    assert.deepEqual(eventsOf(server), [
      ['success', 'first', 'snapshot', 0],
      ['failure', 'lost', 'snapshot', 1],
      ['success', 'first', 'verify', 0],
    ]);
    assert.deepEqual(readdirSync(metricsDir), [
      'backup-my-bucket-first-snapshot.prom',
      'backup-my-bucket-first-verify.prom',
      'backup-my-bucket-first.prom',
      'backup-my-bucket-lost-snapshot.prom',
      'backup-my-bucket-lost.prom',
    ]);
    const metrics = readFileSync(join(metricsDir, 'backup-my-bucket-first-snapshot.prom'), 'utf8');
    assert.match(metrics, /^backup_my_bucket_snapshot_keys\{set="first",command="snapshot"\} 1$/m);
  });

  test('sites are told of by their names, without a set', async (t) => {
    const server = await startPostServer(t);
    const folder = tempDir(t);
    const configPath = join(folder, 'backup-my-bucket.conf');
    const Sites = [
      {
        Name: 'web',
        Path: join(folder, 'not-mounted'),
        Bucket: 'any',
        Region: 'us-east-1',
        Endpoint: embedded.server.endpoint,
        AccessKey: 'test',
        SecretKey: 'testsecret',
      },
    ];
    const Notifications = { Webhooks: [{ Url: server.url }] };
    const Metrics = { TextfileDir: folder };
    writeFileSync(
      configPath,
      JSON.stringify({ LogLevel: 0, StateDir: folder, Notifications, Metrics, Sites }),
      {
        mode: 0o600,
      },
    );
    const { code } = await runCommand(['sync', '--config', configPath]);
    assert.notEqual(code, 0);
    assert.deepEqual(eventsOf(server), [['failure', 'web', 'sync', code]]);
    const { title, lines } = JSON.parse(server.posted[0]?.body.toString() ?? '') as {
      title: string;
      lines: string[];
    };
    assert.match(title, /^sync of site web failed on /);
    assert.match(lines.join(' '), /not-mounted/);
    assert.ok(readdirSync(folder).includes('backup-my-bucket-web-sync.prom'));
  });

  test('a webhook that is not there changes no exit code, and its URL is not logged', async (t) => {
    const Notifications = { Webhooks: [{ Url: 'http://127.0.0.1:9/services/topsecret', On: ['success'] }] };
    const sets = openSets(t, ['only'], { LogLevel: 2, Notifications });
    const taken = await run(sets, 'snapshot');
    assert.equal(taken.code, 0);
    assert.match(taken.stderr, /WARN a notification was not delivered webhook=Notifications.Webhooks\[0\]/);
    assert.ok(!(taken.stderr + taken.stdout).includes('topsecret'));
  });

  test('a snapshot that is overdue is told by what runs, and by doctor', async (t) => {
    const server = await startPostServer(t);
    const Notifications = { OverdueHours: 1, Webhooks: [{ Url: server.url, On: ['overdue'] }] };
    const sets = openSets(t, ['only'], { Notifications });
    await json(sets, ['snapshot', '--at', '3h']);
    assert.deepEqual(eventsOf(server), [['overdue', 'only', 'snapshot', 0]]);
    const { checks } = await json<{ checks: { id: string; status: string }[] }>(sets, ['doctor'], 1);
    assert.equal(checks.find(({ id }) => id === 'newest-snapshot')?.status, 'fail');
    await json(sets, ['snapshot']);
    assert.deepEqual(eventsOf(server).length, 2);
  });
});
