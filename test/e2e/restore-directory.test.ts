/** Restores into a directory: whole files only, nothing outside of it, and nothing twice. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { tempDir } from '../support/temp-dir.ts';
import { keyOf, pairFor, requestsOf, type Pair } from './restore-support.ts';

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

/** A slave with these objects, a snapshot of it, and a directory whose surroundings are looked at afterwards. */
async function withObjects(
  t: TestContext,
  objects: Record<string, string>,
): Promise<Pair & { outside: string; directory: string }> {
  const pair = pairFor(t, s3);
  for (const [key, body] of Object.entries(objects)) s3.buckets.putVersion(pair.slave, { key, body });
  await pair.site.json(['snapshot']);
  const outside = tempDir(t);
  return { ...pair, outside, directory: join(outside, 'here') };
}

function filesIn(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

describe('restore --to-dir', () => {
  test('writes what the snapshot holds, with its times, and leaves equal files alone', async (t) => {
    const big = 'x'.repeat(3_000_000);
    const objects = { 'a/b.txt': 'one', 'a/c/ü +%.txt': 'two', big, empty: '' };
    const { site, directory, slave } = await withObjects(t, { ...objects, 'folder/': '' });
    // What changed since is not restored.
    s3.buckets.putVersion(slave, { key: 'big', body: 'later' });
    const args = ['restore', 'latest', '--to-dir', directory];
    const dry = await site.json<RestoreResult>([...args, '--dry-run']);
    assert.deepEqual([dry.plan.copy, existsSync(directory)], [5, false]);
    const result = await site.json<RestoreResult>(args);
    assert.deepEqual([result.copied, result.failed, result.destination.directory], [5, 0, directory]);
    assert.deepEqual(
      filesIn(directory),
      new Map(Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    assert.ok(statSync(join(directory, 'folder')).isDirectory());
    const stored = [...s3.buckets.versions(slave)].find(({ key }) => key === 'empty');
    const seconds = Math.floor((stored?.lastModifiedMs ?? 0) / 1000);
    assert.equal(Math.floor(statSync(join(directory, 'empty')).mtimeMs / 1000), seconds);

    s3.requests.clear();
    // Of one size and time, and yet another (trap 32); touched, but equal.
    const { mtimeMs } = statSync(join(directory, 'a/b.txt'));
    writeFileSync(join(directory, 'a/b.txt'), 'eno');
    utimesSync(join(directory, 'a/b.txt'), mtimeMs / 1000, mtimeMs / 1000);
    utimesSync(join(directory, 'big'), 1, 1);
    writeFileSync(join(directory, 'mine'), 'is not touched');
    const again = await site.json<RestoreResult>(args);
    assert.deepEqual([again.plan.same, again.copied], [4, 1]);
    assert.equal(requestsOf(s3, 'GetObject', slave).length, 1);
    assert.equal(readFileSync(join(directory, 'a/b.txt'), 'utf8'), 'one');
    assert.equal(readFileSync(join(directory, 'mine'), 'utf8'), 'is not touched');
  });

  test('nothing leaves the directory: what has no path is listed, exit 3 (trap 25)', async (t) => {
    const evil = {
      '../../etc/passwd': '1',
      '/etc/passwd': '2',
      'a\0b': '3',
      'x/../../y': '4',
      './dot': '5',
      'x//y': '6',
      [`long/${'n'.repeat(300)}`]: '7',
      'both/inside': '8',
      'link/f': '9',
    };
    const good = { both: 'file', case: 'lower', CASE: 'upper', fine: 'x' };
    const { site, directory, outside } = await withObjects(t, { ...evil, ...good });
    mkdirSync(directory);
    mkdirSync(join(outside, 'elsewhere'));
    symlinkSync(join(outside, 'elsewhere'), join(directory, 'link'));
    writeFileSync(join(outside, 'target'), 'untouched');
    symlinkSync(join(outside, 'target'), join(directory, 'fine'));
    const result = await site.json<RestoreResult>(['restore', 'latest', '--to-dir', directory], 3);
    assert.equal(result.copied, Object.keys(good).length);
    assert.deepEqual(result.failures.map(({ key }) => key).sort(), Object.keys(evil).sort());
    assert.deepEqual(filesIn(directory), new Map(Object.entries(good).sort(([a], [b]) => (a < b ? -1 : 1))));
    assert.deepEqual(readdirSync(outside).sort(), ['elsewhere', 'here', 'target']);
    assert.deepEqual(readdirSync(join(outside, 'elsewhere')), []);
    assert.equal(readFileSync(join(outside, 'target'), 'utf8'), 'untouched');

    const escaped = join(outside, 'escaped');
    const args = ['restore', 'latest', '--to-dir', escaped, '--escape-names'];
    const all = await site.json<RestoreResult>(args);
    assert.equal(all.copied, Object.keys(evil).length + Object.keys(good).length);
    const table = readFileSync(join(escaped, '%names.ndjson'), 'utf8').trimEnd().split('\n');
    const names = new Map(
      table
        .map((line) => JSON.parse(line) as { key: string; path: string })
        .map(({ key, path }) => [key, path]),
    );
    for (const [key, body] of Object.entries({ ...evil, ...good }))
      assert.equal(readFileSync(join(escaped, names.get(key) ?? key), 'utf8'), body);
    const again = await site.json<RestoreResult>(args);
    assert.deepEqual([again.copied, again.plan.copy], [0, 0]);
  });

  test('a killed one goes on, and leaves no temporary files', { timeout: 60_000 }, async (t) => {
    const objects = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`d/${keyOf(i)}`, `${i}`.repeat(100)]),
    );
    const { site, directory, slave } = await withObjects(t, objects);
    const slow = s3.faults.add({ kind: 'latency', bucket: slave, operation: 'GetObject', delayMs: 100 });
    const args = ['restore', 'latest', '--to-dir', directory, '--concurrency', '8'];
    s3.requests.clear();
    const killed = await site.run(args, {
      onStart: (child) =>
        void (async () => {
          while (requestsOf(s3, 'GetObject', slave).length < 100) await sleep(20);
          child.kill('SIGKILL');
        })(),
    });
    assert.equal(killed.signal, 'SIGKILL');
    s3.faults.remove(slow.id);
    const result = await site.json<RestoreResult>(args);
    assert.ok((result.resumed?.copied ?? 0) >= 80);
    assert.equal(result.copied + result.plan.same, 300);
    assert.ok(result.copied <= 220);
    assert.ok(requestsOf(s3, 'GetObject', slave).length <= 300 + 8);
    assert.equal(filesIn(directory).size, 300);
  });

  test('what is damaged or broken off on the way is asked for again, or listed; no half files', async (t) => {
    const objects = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [keyOf(i), `${i}`.repeat(50_000)]),
    );
    const { site, directory, slave } = await withObjects(t, { ...objects, wrong: 'content' });
    const rules = (['reset-mid-body', 'cut-body', 'cut-chunked', 'reset-before', 'status'] as const).map(
      (kind) => s3.faults.add({ kind, operation: 'GetObject', bucket: slave, rate: 0.05 }),
    );
    t.after(() => rules.forEach(({ id }) => s3.faults.remove(id)));
    // Of another content than its etag says.
    const right = [...s3.buckets.versions(slave)].find(({ key }) => key === 'wrong');
    s3.buckets.putVersion(slave, { key: 'wrong', body: 'CONTENT', etag: right?.etag ?? '' });
    await site.json(['snapshot']);
    const result = await site.json<RestoreResult>(['restore', 'latest', '--to-dir', directory], 3);
    assert.deepEqual(
      result.failures.map(({ key }) => key),
      ['wrong'],
    );
    assert.deepEqual(filesIn(directory), new Map(Object.entries(objects)));
  });

  test('refuses to delete', async (t) => {
    const { site, directory } = await withObjects(t, { a: 'x' });
    await site.json(['restore', 'latest', '--to-dir', directory, '--delete-extra'], 2);
  });
});

test('--include, --exclude and --prefix choose keys, and what is extra', async (t) => {
  const objects = { 'a/1.jpg': '1', 'a/2.txt': '2', 'b/3.jpg': '3', 'a/sub/4.jpg': '4' };
  const { site, directory, slave, master } = await withObjects(t, objects);
  const chosen = ['--include', '*.jpg', '--exclude', '*/sub/*'];
  await site.json(['restore', 'latest', '--to-dir', directory, ...chosen, '--to-prefix', 'p/']);
  assert.deepEqual([...filesIn(directory).keys()], ['p/a/1.jpg', 'p/b/3.jpg']);
  for (const key of ['a/9.jpg', 'a/9.txt']) s3.buckets.putVersion(master, { key, body: 'extra' });
  const args = ['restore', 'latest', ...chosen, '--prefix', 'a/', '--delete-extra'];
  const result = await site.json<RestoreResult>(args);
  assert.deepEqual([result.copied, result.deleted], [1, 1]);
  const live = [...s3.buckets.versions(master)].filter((each) => each.isLatest && !each.isDeleteMarker);
  assert.deepEqual(
    live.map(({ key }) => key),
    ['a/1.jpg', 'a/9.txt'],
  );
  assert.ok(slave);
  const { error } = await site.json<{ error: { code: string } }>(
    ['restore', 'latest', '--include', 'a\\'],
    2,
  );
  assert.equal(error.code, 'USAGE');
});
