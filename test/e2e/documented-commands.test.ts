/**
 * Runs every command line that README and docs show, page by page in the order of the page, on buckets and snapshots of the names that
 * the pages use. A line ends with exit code 0, or with the one that a comment on it says (`# exit 2`); `watch`, which does not end, is
 * stopped after a while.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PutBucketReplicationCommand } from '@aws-sdk/client-s3';
import { executable } from '../support/command.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';

const root = join(import.meta.dirname, '../..');
const timeLimitMs = 120_000;
/** Long enough to begin on a busy machine. */
const watchedMs = 6000;
const snapshotTimes = ['2026-10-01T04:00:00Z', '2026-11-20T04:00:00Z', '2026-11-21T04:00:00Z'];
const versionTimes = ['2026-09-01T00:00:00Z', '2026-10-15T00:00:00Z', '2026-11-20T12:00:00Z'];
const keys = ['photos/a.jpg', 'photos/cache/b.tmp', 'documents/c.txt', 'd'];
/** Words that stand for what the user has. */
const placeholders: Record<string, string> = { SNAPSHOT: '20261121T040000Z', KEY: 'd' };

interface DocumentedCommand {
  line: string;
  exitCode: number;
}

/** What stands in code blocks, in cron lines too, and in the text between backticks. */
function commandsOn(page: string): DocumentedCommand[] {
  const text = readFileSync(join(root, page), 'utf8');
  const isCode = /^(?: {4,}|\t)|^```/;
  const commands: DocumentedCommand[] = [];
  let isFenced = false;
  for (const line of text.split('\n')) {
    if (/^ *```/.test(line)) isFenced = !isFenced;
    const inBlock = isFenced || isCode.test(line);
    const shown = inBlock
      ? [
          /^\s*(?:\$ |(?:[\d*,/-]+\s+){5}(?:backup-my-bucket\s+)?|runuser .*? -- |sudo (?:-u \S+ )?)?(backup-my-bucket .*)$/.exec(
            line,
          )?.[1],
        ]
      : [...line.matchAll(/`(backup-my-bucket [^`]+)`/g)].map(([, command]) => command);
    for (const command of shown) {
      // A form, and no command: `backup-my-bucket COMMAND [FLAGS]`.
      if (command === undefined || /[[…]|COMMAND/.test(command)) continue;
      const [, plain = '', exitCode = '0'] = /^(.*?)(?:\s+# exit (\d+).*)?$/.exec(command) ?? [];
      commands.push({ line: plain, exitCode: Number(exitCode) });
    }
  }
  return commands;
}

let folder: string;
let template: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-docs-'));
  await using embedded = await openBuckets();
  const site = siteFor(embedded, join(folder, 'template'));
  for (const time of snapshotTimes) await site.json(['snapshot', '--at', time]);
  template = site.snapshotsDir;
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The same versions each time, as if one bucket were replicated to the other. */
async function openBuckets(): Promise<EmbeddedForTest> {
  const embedded = await startEmbedded();
  const { buckets } = embedded.server;
  for (const bucket of ['my-master', 'my-slave']) {
    buckets.create(bucket);
    for (const key of keys)
      for (const [index, time] of versionTimes.entries()) {
        const body = `${key} ${index}`;
        buckets.putVersion(bucket, {
          key,
          body,
          versionId: `v${index}-${key}`,
          lastModifiedMs: Date.parse(time),
        });
      }
  }
  const Destination = { Bucket: 'arn:aws:s3:::my-slave' };
  const DeleteMarkerReplication = { Status: 'Enabled' } as const;
  const rule = {
    ID: 'all',
    Status: 'Enabled',
    Priority: 1,
    Filter: {},
    DeleteMarkerReplication,
    Destination,
  } as const;
  const ReplicationConfiguration = { Role: 'arn:aws:iam::111122223333:role/r', Rules: [rule] };
  await embedded.client.send(
    new PutBucketReplicationCommand({ Bucket: 'my-master', ReplicationConfiguration }),
  );
  return embedded;
}

function siteFor({ server }: EmbeddedForTest, place: string): Site {
  const { endpoint } = server;
  const keysOf = { AccessKey: 'test', SecretKey: 'testsecret' };
  const feeder = (name: string, file: string, fields: object): object => {
    const Path = join(place, name);
    mkdirSync(Path, { recursive: true });
    writeFileSync(join(Path, file), name);
    server.buckets.create(`my-${name}`);
    return {
      Name: name,
      Path,
      Bucket: `my-${name}`,
      Region: 'us-east-1',
      Endpoint: endpoint,
      ...keysOf,
      ...fields,
    };
  };
  const Sites = [
    feeder('photos', 'a.jpg', {}),
    feeder('dumps', 'db-20261121.dump.gz', { FilePattern: 'db-*.dump.gz', Rotate: 7 }),
    mirrorOf(server),
  ];
  return new Site(place, { endpoint, master: 'my-master', slave: 'my-slave', top: { Sites } });
}

/** Into the slave bucket, for `snapshot --sync-first`. */
function mirrorOf({ buckets, endpoint: SourceEndpoint }: EmbeddedForTest['server']): object {
  const SourceBucket = 'their-bucket';
  buckets.create(SourceBucket);
  buckets.putVersion(SourceBucket, { key: 'a', body: 'a' });
  const source = { Name: 'partner', SourceBucket, SourceEndpoint, ForcePathStyle: true };
  const credentials = { AccessKey: 'test', SecretKey: 'testsecret' };
  return { ...source, Bucket: 'my-slave', Prefix: 'partner', Endpoint: SourceEndpoint, ...credentials };
}

describe('the command lines of', () => {
  for (const page of ['README.md', ...globSync('docs/**/*.md', { cwd: root })].sort()) {
    const commands = commandsOn(page);
    if (commands.length === 0) continue;
    test(`${page} (${commands.length})`, async () => {
      await using embedded = await openBuckets();
      const site = siteFor(embedded, join(folder, page.replaceAll('/', '-')));
      cpSync(template, site.snapshotsDir, { recursive: true });
      const old = join(site.folder, 'old-snapshots');
      cpSync(join(root, 'test/fixtures/takeover'), old, { recursive: true });
      rmSync(join(old, 'README.md'));
      const working = join(site.folder, 'working');
      cpSync(join(root, 'test/fixtures/import-config'), working, { recursive: true });
      for (const { line, exitCode } of commands) {
        const command = line
          .replaceAll(/\b[A-Z]{3,}\b/g, (word) => placeholders[word] ?? word)
          .replaceAll('/var/lib/old-snapshots', old);
        const isEndless = command.startsWith('backup-my-bucket watch');
        const { code, output } = await runLine(command, site.configPath, working, isEndless);
        assert.equal(code, isEndless ? 143 : exitCode, `${page}: ${line}\n${output}`);
      }
    });
  }
});

test('the pages show commands, cron lines and exit codes', () => {
  const lines = commandsOn('docs/operations.md');
  assert.ok(lines.some(({ line }) => line === 'backup-my-bucket verify latest --quiet'));
  assert.ok(
    lines.some(({ line, exitCode }) => line === 'backup-my-bucket snapshot --resume' && exitCode === 2),
  );
  assert.ok(commandsOn('README.md').length >= 8);
});

/** As a shell would, with the built command in its path. */
function runLine(
  line: string,
  configPath: string,
  cwd: string,
  isEndless: boolean,
): Promise<{ code: number | null; output: string }> {
  const env = {
    ...process.env,
    PATH: `${dirname(executable)}:${process.env['PATH']}`,
    BACKUP_MY_BUCKET_CONF: configPath,
    TZ: 'UTC',
  };
  // Then the shell is the command, and a signal reaches it.
  const child = spawn('sh', ['-c', isEndless ? `exec ${line}` : line], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeLimitMs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const stop = isEndless ? setTimeout(() => child.kill('SIGTERM'), watchedMs) : undefined;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(stop);
      resolve({ code, output });
    });
  });
}
