/** A snapshot that was killed, interrupted or refused goes on where it stopped, and gives what it would have given. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Random } from '../support/random.ts';
import type { Site } from '../support/site.ts';
import {
  asOf,
  isSoak,
  listingRequests,
  nameAsOf,
  readManifest,
  siteOf,
  type ManifestRanges,
  type SnapshotJson,
} from './listing-support.ts';

const keys = 250_000;
const kills = isSoak ? 20 : 5;
const concurrency = ['--concurrency', '4'];
const take = ['snapshot', '--at', asOf, '--tag', 'release=7', '--note', 'kept', '--hold', ...concurrency];
const resume = ['snapshot', '--resume', ...concurrency];

interface ListedJson {
  snapshot: string;
  state: string;
  verdict: string;
  reasons: string[];
  keys: number;
}

let embedded: EmbeddedForTest;
let expected: ManifestRanges | undefined;

before(async () => {
  embedded = await startEmbedded({ requestLogLimit: 0 });
  const { server } = embedded;
  server.createSynthetic({ bucket: 'slave', layout: 'flat', keys, deleteMarkerEvery: 10 });
});
after(() => embedded.stop());

/** The ranges of a run that nothing disturbed. */
async function undisturbed(t: TestContext): Promise<ManifestRanges['ranges']> {
  if (expected === undefined) {
    const site = siteOf(t, embedded.server, 'slave');
    await site.json<SnapshotJson>(take);
    expected = readManifest(site);
  }
  return expected.ranges;
}

function slowDown(t: TestContext): void {
  const { faults } = embedded.server;
  const { id } = faults.add({ kind: 'latency', delayMs: 40, operation: 'ListObjectVersions' });
  t.after(() => faults.remove(id));
}

function journalOf(site: Site): string {
  return join(site.snapshotsDir, 'unfinished', `${nameAsOf}.journal`);
}

/** Once a key range or two are in the journal. */
async function untilJournalled(site: Site, timeLimitMs = 60_000): Promise<void> {
  const path = journalOf(site);
  const lines = (): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);
  // The first says what was asked for.
  for (let waitedMs = 0; lines() < 2; waitedMs += 20) {
    assert.ok(waitedMs < timeLimitMs, 'nothing was journalled');
    await sleep(20);
  }
}

/** Set `one` is what the site has had; set `two` has a folder of its own. */
function asOneOfTwoSets(site: Site): void {
  const { BackupSet, ...top } = JSON.parse(readFileSync(site.configPath, 'utf8')) as Record<string, object>;
  const sets = [
    { ...BackupSet, Name: 'one' },
    { ...BackupSet, Name: 'two', SnapshotsDir: join(site.folder, 'others') },
  ];
  mkdirSync(join(site.folder, 'others'));
  writeFileSync(site.configPath, JSON.stringify({ ...top, BackupSets: sets }));
}

async function stopOnceJournalled(site: Site, args: string[], signal: NodeJS.Signals) {
  return site.run(args, {
    onStart: (child: ChildProcess) => void untilJournalled(site).then(() => child.kill(signal)),
  });
}

test('killed at random moments and resumed until done: identical ranges', { timeout: 600_000 }, async (t) => {
  const ranges = await undisturbed(t);
  slowDown(t);
  let site = siteOf(t, embedded.server, 'slave');
  const random = new Random(kills);
  for (let killed = 0; killed < kills;) {
    const delayMs = 300 + random.below(isSoak ? 3000 : 2500);
    const args = existsSync(journalOf(site)) ? resume : take;
    const result = await site.run(args, {
      onStart: (child) => void sleep(delayMs).then(() => child.kill('SIGKILL')),
    });
    if (result.signal === 'SIGKILL') killed += 1;
    else {
      assert.equal(result.code, 0, result.stderr);
      assert.deepEqual(readManifest(site).ranges, ranges);
      site = siteOf(t, embedded.server, 'slave');
    }
  }
  const done = await site.run(existsSync(journalOf(site)) ? resume : take);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(readManifest(site).ranges, ranges);
});

describe('an interrupted snapshot', () => {
  for (const [signal, code] of [
    ['SIGKILL', null],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(
      `by ${signal} is shown, and goes on without listing again what is done`,
      { timeout: 120_000 },
      async (t) => {
        const ranges = await undisturbed(t);
        slowDown(t);
        const site = siteOf(t, embedded.server, 'slave');
        const stopped = await stopOnceJournalled(site, take, signal);
        assert.equal(stopped.code, code, stopped.stderr);
        if (code !== null) assert.match(stopped.stderr, /snapshot --resume/);

        const [unfinished] = await site.json<ListedJson[]>(['list-snapshots']);
        assert.equal(unfinished?.snapshot, nameAsOf);
        assert.equal(unfinished.state, 'unfinished');
        assert.deepEqual([unfinished.verdict, unfinished.reasons], ['remove', ['unfinished']]);
        assert.ok(unfinished.keys > 0);

        const before = listingRequests(embedded.server);
        const done = await site.json<SnapshotJson>(resume);
        const requests = listingRequests(embedded.server) - before;
        assert.equal(done.snapshot, nameAsOf);
        const versions = keys + keys / 10;
        const leftToList = (versions - unfinished.keys) / 1000;
        assert.ok(requests < leftToList * 1.1, `${requests} requests for ${leftToList} pages`);
        const manifest = readManifest(site);
        assert.deepEqual(manifest.ranges, ranges);
        assert.deepEqual([manifest.tags, manifest.note, manifest.held], [{ release: '7' }, 'kept', true]);
        assert.equal(existsSync(journalOf(site)), false);
        // What a killed run was writing is left to gc.
        if (code !== null) assert.deepEqual(leftovers(site), []);
      },
    );
  }

  test('of one of several sets is resumed without naming it', { timeout: 120_000 }, async (t) => {
    slowDown(t);
    const site = siteOf(t, embedded.server, 'slave');
    asOneOfTwoSets(site);
    const nothing = await site.json<{ error: { code: string } }>(resume, 2);
    assert.equal(nothing.error.code, 'SNAPSHOT_UNKNOWN');
    await stopOnceJournalled(site, [...take, '--set', 'one'], 'SIGKILL');
    const [one, two] = await site.json<object[]>(resume);
    assert.equal((one as SnapshotJson).snapshot, nameAsOf);
    assert.deepEqual(two, { set: 'two', resumed: false });
  });

  test(
    'cannot be restored; a new one says that it is there; gc clears it away',
    { timeout: 120_000 },
    async (t) => {
      slowDown(t);
      const site = siteOf(t, embedded.server, 'slave');
      await stopOnceJournalled(site, take, 'SIGKILL');
      const { error } = await site.json<{ error: { code: string } }>(['restore', nameAsOf], 2);
      assert.equal(error.code, 'SNAPSHOT_UNKNOWN');

      const fresh = await site.run(['snapshot', '--prefix', 'key-00000000']);
      assert.equal(fresh.code, 0, fresh.stderr);
      assert.match(fresh.stderr, /unfinished snapshot.*--resume/);

      const gc = await site.run(['gc']);
      assert.equal(gc.code, 0, gc.stderr);
      assert.deepEqual(leftovers(site), []);
      const listed = await site.json<ListedJson[]>(['list-snapshots']);
      assert.deepEqual(
        listed.map(({ state }) => state),
        ['complete'],
      );
      const nothing = await site.json<{ error: { code: string; hint: string } }>(resume, 2);
      assert.equal(nothing.error.code, 'SNAPSHOT_UNKNOWN');
      assert.match(nothing.error.hint, /without --resume/);
    },
  );

  test('is not taken up while it still runs', { timeout: 120_000 }, async (t) => {
    slowDown(t);
    const site = siteOf(t, embedded.server, 'slave');
    const started = Promise.withResolvers<ChildProcess>();
    const running = site.run(take, { onStart: started.resolve });
    const child = await started.promise;
    await untilJournalled(site);
    // It would be done before another command has begun.
    child.kill('SIGSTOP');
    const [listed] = await site.json<ListedJson[]>(['list-snapshots']);
    assert.deepEqual(
      [listed?.state, listed?.verdict, listed?.reasons],
      ['unfinished', 'keep', ['being taken']],
    );
    const { error } = await site.json<{ error: { code: string } }>(resume, 2);
    assert.equal(error.code, 'SNAPSHOT_UNKNOWN');
    child.kill('SIGCONT');
    const done = await running;
    assert.equal(done.code, 0, done.stderr);
  });

  test('that had finished nothing leaves nothing', { timeout: 120_000 }, async (t) => {
    const { faults } = embedded.server;
    const { id } = faults.add({ kind: 'access-denied', operation: 'ListObjectVersions' });
    t.after(() => faults.remove(id));
    const site = siteOf(t, embedded.server, 'slave');
    const { error } = await site.json<{ error: { code: string } }>(take, 1);
    assert.equal(error.code, 'ACCESS_DENIED');
    assert.deepEqual(leftovers(site), []);
    assert.deepEqual(await site.json<ListedJson[]>(['list-snapshots']), []);
  });
});

test('--resume takes no other wishes: they are those of the snapshot', async (t) => {
  const site = siteOf(t, embedded.server, 'slave');
  for (const flag of [['--at', asOf], ['--prefix', 'a'], ['--tag', 'a=b'], ['--note', 'x'], ['--hold']]) {
    const { error } = await site.json<{ error: { code: string } }>([...resume, ...flag], 2);
    assert.equal(error.code, 'USAGE');
  }
});

/** Journals, and files that have no name yet. */
function leftovers(site: Site): string[] {
  return readdirSync(site.snapshotsDir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.includes('.tmp-') || name.includes('.journal'),
  );
}
