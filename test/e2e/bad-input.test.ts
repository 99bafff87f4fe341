/** Bad input gets a clear error and touches nothing. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { runCommand } from '../support/command.ts';
import Database from 'better-sqlite3';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

interface ErrorJson {
  error: { code: string; message: string; hint: string | null };
}

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
  s3.buckets.create('master');
  s3.buckets.create('slave');
  s3.buckets.create('unversioned', 'off');
  for (let i = 0; i < 50; i++) s3.buckets.putVersion('slave', { key: `k${i}`, body: 'x' });
});
after(() => embedded.stop());

function siteFor(t: TestContext, set: Record<string, unknown> = {}): Site {
  return new Site(tempDir(t), { endpoint: s3.endpoint, master: 'master', slave: 'slave', set });
}

async function assertError(
  site: Site,
  args: string[],
  expected: { exit: number; code: string; message: RegExp; hint: RegExp },
): Promise<void> {
  const before = s3.requests.entries.filter(isWrite).length;
  const { error } = await site.json<ErrorJson>(args, expected.exit);
  assert.equal(error.code, expected.code);
  assert.match(error.message, expected.message);
  assert.match(error.hint ?? '', expected.hint);
  assert.doesNotMatch(JSON.stringify(error), /testsecret/);
  assert.equal(s3.requests.entries.filter(isWrite).length, before);
}

function isWrite(request: { method: string }): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD';
}

describe('snapshots that are not there', () => {
  test('unknown, ambiguous, and none at all', async (t) => {
    const site = siteFor(t);
    await site.json(['snapshot']);
    await site.json(['snapshot']);
    const unknown = {
      exit: 2,
      code: 'SNAPSHOT_UNKNOWN',
      message: /no snapshot "1999"/,
      hint: /list-snapshots/,
    };
    await assertError(site, ['restore', '1999'], unknown);
    const ambiguous = {
      exit: 2,
      code: 'SNAPSHOT_AMBIGUOUS',
      message: /2 snapshots/,
      hint: /Give more of the name: 2/,
    };
    await assertError(site, ['restore', '2'], ambiguous);
    const early = { exit: 2, code: 'SNAPSHOT_UNKNOWN', message: /as old as 1999/, hint: /There are 2/ };
    await assertError(site, ['restore', '@1999-01-01'], early);
  });

  test('a folder that is not there', async (t) => {
    const expected = { exit: 1, code: 'SNAPSHOTS_DIR', message: /does not exist/, hint: /disk is mounted/ };
    await assertError(siteFor(t), ['list-snapshots'], expected);
    await assertError(siteFor(t), ['restore', 'latest'], expected);
    await assertError(siteFor(t), ['gc'], expected);
    await assertError(siteFor(t, { SnapshotsDir: '/nowhere/at/all' }), ['snapshot'], expected);
  });
});

describe('the command line', () => {
  test('unknown flags, missing arguments and unknown commands exit 2, in JSON too', async (t) => {
    const site = siteFor(t);
    const usage = { exit: 2, code: 'USAGE', message: /./, hint: /--help/ };
    await assertError(site, ['snapshot', '--colour'], usage);
    await assertError(site, ['restore'], usage);
    await assertError(site, ['retsore', 'latest'], usage);
    await assertError(site, ['gc', '--max-delete', '-1'], usage);
  });

  test('times and tags that are none', async (t) => {
    const site = siteFor(t);
    await assertError(site, ['snapshot', '--at', 'yesterday'], {
      exit: 2,
      code: 'USAGE',
      message: /yesterday/,
      hint: /7d/,
    });
    await assertError(site, ['snapshot', '--tag', 'x'], {
      exit: 2,
      code: 'USAGE',
      message: /"x"/,
      hint: /KEY=VALUE/,
    });
    const future = { exit: 2, code: 'USAGE', message: /2099.* is still to come/, hint: /Leave --at out/ };
    await assertError(site, ['snapshot', '--at', '2099-01-01'], future);
  });

  test('an unknown set', async (t) => {
    const expected = { exit: 2, code: 'USAGE', message: /"other"/, hint: /default/ };
    await assertError(siteFor(t), ['list-snapshots', '--set', 'other'], expected);
  });

  test('text errors go to stderr, and stdout stays empty', async (t) => {
    const { code, stdout, stderr } = await siteFor(t).run(['restore', 'latest']);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^Error: SnapshotsDir .* does not exist\.\nHint: /m);
  });
});

describe('the configuration', () => {
  test('an unknown field is named, with the nearest one', async (t) => {
    const site = siteFor(t, { RetentoinPolicy: 30 });
    const expected = { exit: 2, code: 'CONFIG_INVALID', message: /RetentoinPolicy/, hint: /./ };
    await assertError(site, ['snapshot'], expected);
    const { stderr } = await site.run(['snapshot']);
    assert.match(stderr, /RetentionPolicy/);
  });

  test('a wrong type and a missing field are named', async (t) => {
    const wrong = { exit: 2, code: 'CONFIG_INVALID', message: /MinimumRedundancy/, hint: /./ };
    await assertError(siteFor(t, { MinimumRedundancy: 'seven' }), ['snapshot'], wrong);
    const missing = { exit: 2, code: 'CONFIG_INVALID', message: /SlaveBucket/, hint: /./ };
    await assertError(siteFor(t, { SlaveBucket: undefined }), ['snapshot'], missing);
  });

  test('no configuration file', async (t) => {
    const { code, stdout } = await runCommand(['snapshot', '--json', '-c', join(tempDir(t), 'none.conf')]);
    assert.equal(code, 2);
    assert.equal((JSON.parse(stdout) as ErrorJson).error.code, 'CONFIG_NOT_FOUND');
  });
});

describe('the bucket', () => {
  test('wrong credentials', async (t) => {
    const expected = { exit: 1, code: 'CREDENTIALS', message: /slave/, hint: /./ };
    await assertError(siteFor(t, { SecretKey: 'wrong' }), ['snapshot'], expected);
    await assertError(siteFor(t, { AccessKey: 'nobody' }), ['snapshot'], expected);
  });

  test('a missing bucket', async (t) => {
    const expected = { exit: 1, code: 'BUCKET_MISSING', message: /nosuchbucket/, hint: /./ };
    await assertError(siteFor(t, { SlaveBucket: 'nosuchbucket' }), ['snapshot'], expected);
  });

  test('a bucket without versioning', async (t) => {
    const site = siteFor(t, { SlaveBucket: 'unversioned' });
    const slave = {
      exit: 1,
      code: 'BUCKET_UNVERSIONED',
      message: /unversioned/,
      hint: /put-bucket-versioning/,
    };
    await assertError(site, ['snapshot'], slave);
    const other = siteFor(t);
    await other.json(['snapshot']);
    const refused = { exit: 4, code: 'REFUSED', message: /for good/, hint: /--force/ };
    await assertError(other, ['restore', 'latest', '--to-bucket', 'unversioned', '--delete-extra'], refused);
  });

  test('a server that is not there', async (t) => {
    const site = siteFor(t, { SlaveEndpoint: 'http://127.0.0.1:9' });
    await assertError(site, ['snapshot'], {
      exit: 1,
      code: 'S3_UNREACHABLE',
      message: /127\.0\.0\.1:9/,
      hint: /./,
    });
  });
});

describe('a damaged index', () => {
  async function withSnapshot(t: TestContext): Promise<Site> {
    const site = siteFor(t, { RetentionPolicy: { KeepLast: 1 } });
    await site.json(['snapshot']);
    return site;
  }

  function onlyFile(folder: string, suffix: string): string {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith(suffix),
    );
    assert.equal(names.length, 1);
    return join(folder, names[0] ?? '');
  }

  function flipByte(path: string): void {
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }

  test('a flipped bit in a range, and a missing range', async (t) => {
    const site = await withSnapshot(t);
    const range = onlyFile(join(site.snapshotsDir, 'ranges'), '.csv.zst');
    const damaged = { exit: 1, code: 'INDEX_DAMAGED', message: /ranges\/[0-9a-f]{2}\//, hint: /./ };
    flipByte(range);
    await assertError(site, ['restore', 'latest'], damaged);
    rmSync(range);
    await assertError(site, ['restore', 'latest'], damaged);
  });

  test('a flipped bit in a manifest, a cut-off one, and a missing one', async (t) => {
    const site = await withSnapshot(t);
    const manifest = onlyFile(join(site.snapshotsDir, 'manifests'), '.json.zst');
    const good = readFileSync(manifest);
    const damaged = { exit: 1, code: 'INDEX_DAMAGED', message: /manifest/, hint: /./ };
    flipByte(manifest);
    await assertError(site, ['restore', 'latest'], damaged);
    writeFileSync(manifest, good.subarray(0, good.length - 10));
    await assertError(site, ['restore', 'latest'], damaged);
    await assertError(site, ['gc'], damaged);
    rmSync(manifest);
    await assertError(site, ['gc'], { ...damaged, message: /is missing/, hint: /copy of SnapshotsDir/ });
    const [listed] = await site.json<{ state: string }[]>(['list-snapshots']);
    assert.equal(listed?.state, 'damaged');
  });

  test('a lost catalogue is made anew, a damaged one is named', async (t) => {
    const site = await withSnapshot(t);
    const listed = await site.json<object[]>(['list-snapshots']);
    const catalogue = join(site.snapshotsDir, 'catalogue.sqlite');
    for (const suffix of ['', '-wal', '-shm']) rmSync(catalogue + suffix, { force: true });
    const anew = await site.json<object[]>(['list-snapshots']);
    assert.deepEqual(
      anew,
      listed.map((each) => ({ ...each, exclusiveBytes: null })),
    );
    for (const suffix of ['-wal', '-shm']) rmSync(catalogue + suffix, { force: true });
    writeFileSync(catalogue, 'no database at all, but long enough to look like one');
    const damaged = { exit: 1, code: 'CATALOGUE_DAMAGED', message: /catalogue\.sqlite/, hint: /made anew/ };
    await assertError(site, ['list-snapshots'], damaged);
    const rebuilt = await site.json<{ snapshots: number; movedTo: string }>(['catalogue', 'rebuild']);
    assert.equal(rebuilt.snapshots, 1);
    assert.ok(existsSync(rebuilt.movedTo));
    assert.deepEqual(await site.json(['list-snapshots']), anew);
    assert.equal((await site.run(['catalogue', 'rebuild'])).stdout, 'The catalogue has 1 snapshot.\n');
  });

  test('a catalogue of an older version, from before it had tables, is filled from the manifests, holds too', async (t) => {
    const site = await withSnapshot(t);
    await site.json(['hold', 'latest']);
    const listed = await site.json<object[]>(['list-snapshots']);
    const raw = new Database(join(site.snapshotsDir, 'catalogue.sqlite'));
    raw.exec('DROP TABLE snapshots; DROP TABLE locks');
    raw.pragma('user_version = 0');
    raw.close();
    const upgraded = listed.map((each) => ({ ...each, exclusiveBytes: null }));
    assert.deepEqual(await site.json(['list-snapshots']), upgraded);
  });

  test('gc deletes nothing where it cannot read what a snapshot names', async (t) => {
    const bucket = 'damaged-for-gc';
    s3.buckets.create(bucket);
    const site = siteFor(t, { RetentionPolicy: { KeepLast: 1 }, MasterBucket: bucket, SlaveBucket: bucket });
    s3.buckets.putVersion(bucket, { key: 'a', body: '1' });
    await site.json(['snapshot']);
    const first = onlyFile(join(site.snapshotsDir, 'ranges'), '.csv.zst');
    s3.buckets.putVersion(bucket, { key: 'a', body: '2' });
    await site.json(['snapshot']);
    const ranges = readdirSync(join(site.snapshotsDir, 'ranges'), { recursive: true, encoding: 'utf8' });
    const second = ranges
      .filter((name) => name.endsWith('.csv.zst'))
      .map((name) => join(site.snapshotsDir, 'ranges', name))
      .find((path) => path !== first);
    const damaged = { exit: 1, code: 'INDEX_DAMAGED', message: /ranges\/[0-9a-f]{2}\//, hint: /./ };
    for (const path of [first, second ?? '']) {
      const good = readFileSync(path);
      flipByte(path);
      await assertError(site, ['gc', '--yes'], damaged);
      rmSync(path);
      await assertError(site, ['gc', '--yes'], damaged);
      writeFileSync(path, good);
    }
    assert.equal([...s3.buckets.versions(bucket)].length, 2);
    assert.equal((await site.json<object[]>(['list-snapshots'])).length, 2);
    await site.json(['gc', '--yes']);
    assert.equal([...s3.buckets.versions(bucket)].length, 1);
  });

  test(
    'a folder that cannot be written',
    { skip: process.getuid?.() === 0 && 'root writes everywhere' },
    async (t) => {
      const site = await withSnapshot(t);
      chmodSync(site.snapshotsDir, 0o500);
      t.after(() => chmodSync(site.snapshotsDir, 0o700));
      await assertError(site, ['snapshot'], {
        exit: 1,
        code: 'SNAPSHOTS_DIR',
        message: /snapshots/,
        hint: /access/,
      });
    },
  );

  test('a SnapshotsDir that is a file', async (t) => {
    const folder = tempDir(t);
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'file'), '');
    const site = new Site(join(folder, 'site'), {
      endpoint: s3.endpoint,
      master: 'master',
      slave: 'slave',
      set: { SnapshotsDir: join(folder, 'file') },
    });
    await assertError(site, ['snapshot'], { exit: 1, code: 'SNAPSHOTS_DIR', message: /file/, hint: /./ });
    assert.ok(existsSync(join(folder, 'file')));
  });
});
