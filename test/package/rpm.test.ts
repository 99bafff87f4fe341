/** The life of an RPM on one machine: installed, used by its units and by cron, upgraded, removed. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { FreshRoot, type Ended } from './fresh-root.ts';
import { startRsyslog, type Rsyslog } from './rsyslog.ts';
import { readCronLine, readUnit } from './unit.ts';

const project = join(import.meta.dirname, '../..');
const staged = join(project, 'out/stage');
const home = '/opt/backup-my-bucket';
const config = `${home}/backup-my-bucket.conf`;
const state = '/var/lib/backup-my-bucket';
const units = '/usr/lib/systemd/system';

await describeOnRadosgw('RPM', (endpoint) => {
  const bucket = `packaged-${process.pid}`;
  const client = testClient(endpoint, { maxAttempts: 3 });
  const workshop = mkdtempSync(join(tmpdir(), 'bmb-rpm-test-'));
  const root = FreshRoot.make();
  let rsyslog: Rsyslog;
  let packages: { previous: string; current: string };

  before(async () => {
    rsyslog = await startRsyslog(root.path('dev/log'));
    packages = { previous: buildPrevious(workshop), current: build(staged, workshop) };
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  });
  after(async () => {
    client.destroy();
    await rsyslog.stop();
    root.remove();
    rmSync(workshop, { recursive: true });
  });

  const put = async (keys: number, body: string): Promise<void> => {
    for (let i = 0; i < keys; i += 1)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `k${i}`, Body: body }));
  };
  const asUser = (...args: string[]): Ended =>
    root.run(['/usr/bin/backup-my-bucket', ...args], { user: 'backup-my-bucket' });
  const startUnit = (name: string): Ended => {
    const { user, command, env } = readUnit(root.read(`${units}/${name}`), root.read('etc/passwd'));
    return root.run(command, { user, env });
  };
  const snapshots = (): { snapshot: string }[] => {
    const { code, stdout, stderr } = asUser('list-snapshots', '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { snapshot: string }[];
  };
  const rpm = (...args: string[]): void => {
    // The libraries of this machine are no packages of RPM; that they suffice is seen when the program runs.
    const all = ['--root', root.folder, '--nodeps', ...args];
    const { status, stderr } = spawnSync('rpm', all, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };

  test('rpmlint finds no errors', () => {
    const { stdout } = spawnSync('rpmlint', ['-r', join(project, 'rpm/rpmlintrc'), packages.current], {
      encoding: 'utf8',
    });
    assert.match(stdout, /1 packages and 0 specfiles checked; 0 errors/, stdout);
  });

  test('is installed: the user, and the configuration and the index for nobody else', () => {
    rpm('--install', packages.previous);
    assert.match(
      root.run(['/usr/bin/backup-my-bucket', '--version']).stdout,
      /^backup-my-bucket\/0\.0\.9 linux-\w+ node-v24\./,
    );
    assert.match(
      root.read('etc/passwd'),
      /^backup-my-bucket:.*:\/var\/lib\/backup-my-bucket:.*(nologin|false)$/m,
    );
    assert.equal(ownerOf(config), 'root backup-my-bucket 640');
    assert.equal(ownerOf(state), 'backup-my-bucket backup-my-bucket 750');
    assert.ok(root.has('usr/share/doc/backup-my-bucket/docs/examples/aws.md'));
  });

  test('an edited configuration and the unit take a snapshot; the log is in syslog, with facility and tag', async () => {
    const fields = JSON.parse(root.read(config)) as { BackupSet: object };
    const set = {
      MasterBucket: bucket,
      MasterEndpoint: endpoint,
      SlaveBucket: bucket,
      SlaveEndpoint: endpoint,
    };
    const policy = {
      MinimumRedundancy: 1,
      RetentionPolicy: { KeepLast: 1 },
      AccessKey: 'test',
      SecretKey: 'testsecret',
    };
    Object.assign(fields.BackupSet, set, policy);
    writeFileSync(root.path(config), JSON.stringify(fields, null, 2));
    await put(10, 'first');
    const { code, stderr } = startUnit('backup-my-bucket-snapshot.service');
    assert.deepEqual([code, stderr], [0, '']);
    await rsyslog.waitFor(
      /^local0\|info\|backup-my-bucket\[\d+\]:\| snapshot started version=0\.0\.9 config=/,
    );
    await rsyslog.waitFor(/^local0\|info\|backup-my-bucket\[\d+\]:\| snapshot ended exit=0 .*keys=10 /);
    assert.equal(snapshots().length, 1);
  });

  test('doctor, run as that user, fails nothing, and has nothing to say against the rights of the configuration', () => {
    const { stdout } = asUser('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string }[] };
    assert.equal(checks.find(({ id }) => id === 'config-file')?.status, 'pass', stdout);
    assert.deepEqual(
      checks.filter(({ status }) => status === 'fail'),
      [],
    );
  });

  test('root is told to run commands as that user', async () => {
    assert.equal(root.run(['/usr/bin/backup-my-bucket', 'list-snapshots']).code, 0);
    await rsyslog.waitFor(/^local0\|warning\|.* this runs as root in the folder of another user/);
  });

  test('systemd finds nothing wrong with the units, and the commands that they start are there', (t) => {
    const files = readdirSync(root.path(units)).filter((file) => file.startsWith('backup-my-bucket-'));
    assert.ok(files.length >= 4, files.join());
    for (const service of files.filter((file) => file.endsWith('.service'))) {
      const { command } = readUnit(root.read(`${units}/${service}`), '');
      assert.equal(root.run([...command, '--help']).code, 0, service);
    }
    if (!root.has('usr/bin/systemd-analyze')) return t.skip('there is no systemd here');
    const paths = files.map((file) => `${units}/${file}`);
    const { code, stderr } = root.run(['systemd-analyze', 'verify', '--man=no', ...paths]);
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('an upgrade keeps the configuration and the catalogue, and nothing of the old program', async () => {
    const [before, edited] = [snapshots(), root.read(config)];
    assert.ok(root.has(`${home}/dist/parts/gone.js`));
    rpm('--upgrade', packages.current);
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.ok(
      root.run(['/usr/bin/backup-my-bucket', '--version']).stdout.startsWith(`backup-my-bucket/${version} `),
    );
    assert.equal(root.read(config), edited);
    assert.ok(root.has(`${config}.rpmnew`));
    assert.equal(ownerOf(config), 'root backup-my-bucket 640');
    assert.ok(!root.has(`${home}/dist/parts/gone.js`));
    assert.deepEqual(snapshots(), before);
  });

  test('cron runs the example: no terminal, hardly an environment, the usual place of the configuration', async () => {
    await put(3, 'second');
    const example = root.read('usr/share/doc/backup-my-bucket/backup-my-bucket.cron');
    const { user, shellCommand, env } = readCronLine(example, /backup-my-bucket snapshot/);
    const { code, stdout, stderr } = root.run(['/bin/sh', '-c', shellCommand], { user, env });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    assert.equal(snapshots().length, 2);
  });

  test('the unit runs gc', async () => {
    const { code, stdout, stderr } = startUnit('backup-my-bucket-gc.service');
    assert.deepEqual([code, stderr], [0, ''], stdout);
    await rsyslog.waitFor(/^local0\|info\|.* gc ended exit=0 .*removed=1 .*versions\.deleted=3 /);
    assert.equal(snapshots().length, 1);
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    assert.equal(Versions.length, 10);
  });

  test('a log over TCP reaches the daemon; one that is down does not stop the run', async () => {
    const fields = JSON.parse(root.read(config)) as Record<string, unknown>;
    const withSyslog = (Syslog: object): void =>
      writeFileSync(root.path(config), JSON.stringify({ ...fields, Syslog }));
    withSyslog({ Host: '127.0.0.1', Port: rsyslog.port, Protocol: 'tcp', Tag: 'over-tcp' });
    assert.deepEqual(asUser('verify', 'latest', '--quiet'), { code: 0, stdout: '', stderr: '' });
    await rsyslog.waitFor(/^local0\|info\|over-tcp\[\d+\]:\| verify ended exit=0 /);
    withSyslog({ Path: '/dev/nobody' });
    const { code, stderr } = asUser('snapshot', '--quiet');
    assert.equal(code, 0);
    assert.equal(stderr.match(/^WARN syslog cannot be reached: .*ENOENT$/gm)?.length, 1, stderr);
    assert.match(stderr, /^INFO snapshot ended exit=0 /m);
    writeFileSync(root.path(config), JSON.stringify(fields));
  });

  test('the manual page is there, and the shells take the completions', () => {
    const page = execFileSync('gzip', ['-dc', root.path('usr/share/man/man1/backup-my-bucket.1.gz')], {
      encoding: 'utf8',
    });
    assert.match(page, /^\.SS restore SNAPSHOT$/m);
    const completion = '/usr/share/bash-completion/completions/backup-my-bucket';
    const script = `. ${completion}; COMP_WORDS=(backup-my-bucket gc --dry); COMP_CWORD=2; _backup_my_bucket; echo "\${COMPREPLY[@]}"`;
    assert.equal(root.run(['bash', '-c', script]).stdout, '--dry-run\n');
  });

  test('what it takes: disk, and time to start', (t) => {
    const parts = [
      `${home}/runtime`,
      `${home}/dist`,
      `${home}/node_modules`,
      home,
      '/usr/share/doc/backup-my-bucket',
    ];
    const sizesMiB = parts.map((part) => `${part} ${folderMiB(root.path(part)).toFixed(1)} MiB`);
    const timesMs = Array.from({ length: 7 }, () => timed(() => asUser('--version'))).sort((a, b) => a - b);
    t.diagnostic(
      `${sizesMiB.join(', ')}; --version takes ${timesMs[0]?.toFixed(0)} ms, chroot included; the median of 7 is ${timesMs[3]?.toFixed(0)} ms`,
    );
    assert.ok(folderMiB(root.path(home)) < 250);
  });

  test('removal keeps the index and the edited configuration, and leaves nothing else', () => {
    const index = filesIn(root.path(state));
    rpm('--erase', 'backup-my-bucket');
    assert.deepEqual(filesIn(root.path(state)), index);
    assert.deepEqual(filesIn(root.path('opt')), [
      './backup-my-bucket/backup-my-bucket.conf.rpmnew',
      './backup-my-bucket/backup-my-bucket.conf.rpmsave',
    ]);
    for (const gone of [
      'usr/bin/backup-my-bucket',
      `${units}/backup-my-bucket-gc.timer`,
      'usr/share/doc/backup-my-bucket',
    ])
      assert.ok(!root.has(gone), gone);
  });

  function ownerOf(path: string): string {
    return root.run(['stat', '-c', '%U %G %a', path]).stdout.trim();
  }
});

function build(stage: string, folder: string): string {
  return execFileSync(join(project, 'packaging/build-rpm'), [stage, folder], { encoding: 'utf8' }).trim();
}

/** Of an older version, with a file that the present one does not have and another configuration to begin with. */
function buildPrevious(workshop: string): string {
  const stage = join(workshop, 'stage');
  execFileSync('cp', ['-a', staged, stage]);
  const opt = join(stage, home);
  for (const file of ['package.json', 'oclif.manifest.json']) {
    const document = JSON.parse(readFileSync(join(opt, file), 'utf8')) as object;
    writeFileSync(join(opt, file), `${JSON.stringify({ ...document, version: '0.0.9' }, null, 2)}\n`);
  }
  writeFileSync(join(opt, 'dist/parts/gone.js'), '');
  const configuration = readFileSync(join(opt, 'backup-my-bucket.conf'), 'utf8');
  writeFileSync(join(opt, 'backup-my-bucket.conf'), configuration.replace(/^.*"Concurrency".*\n/m, ''));
  return build(stage, workshop);
}

function folderMiB(folder: string): number {
  return Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) / 1024;
}

function filesIn(folder: string): string[] {
  return execFileSync('find', ['.', '-type', 'f'], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n')
    .sort();
}

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
