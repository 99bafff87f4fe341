import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock, type Clock } from '../../../src/clock.ts';
import type { Site } from '../../../src/config/site.ts';
import { BackupError } from '../../../src/errors.ts';
import { newFigures, type SiteFigures } from '../../../src/watch/figures.ts';
import type { WatchOptions } from '../../../src/watch/options.ts';
import { SiteWatch } from '../../../src/watch/site-watch.ts';
import { Random } from '../../support/random.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { contentsOf, MapSite, quietMs, siteOf } from './support.ts';

const timeLimitMs = 30_000;

interface Watching {
  root: string;
  map: MapSite;
  figures: SiteFigures;
  stop: () => Promise<unknown>;
  /** The error that it ends with. */
  ended: Promise<unknown>;
}

function watching(
  t: TestContext,
  {
    site = {},
    options = {},
    map: prepare = () => undefined,
    clock = systemClock,
    open = (map) => map,
  }: {
    site?: Partial<Site> | ((root: string) => Partial<Site>);
    options?: Partial<WatchOptions>;
    map?: (map: MapSite) => void;
    clock?: Clock;
    open?: (map: MapSite) => MapSite;
  } = {},
): Watching {
  const root = tempDir(t);
  const map = new MapSite(root);
  prepare(map);
  const stopper = new AbortController();
  const figures = newFigures('s');
  const watch = new SiteWatch(
    siteOf(root, typeof site === 'function' ? site(root) : site),
    {
      reconcileEveryMs: 3_600_000,
      pollEveryMs: undefined,
      maxDelete: undefined,
      mayDeleteMost: false,
      healthEveryMs: 3_600_000,
      ...options,
    },
    figures,
    {
      open: async () => open(map),
      clock,
      observer: { log: silentLog, progress: () => undefined },
      signal: stopper.signal,
    },
  );
  const ended = watch.run().catch((error: unknown) => error);
  const stop = (): Promise<unknown> => {
    stopper.abort(new BackupError('TERMINATED', 'Terminated.'));
    return ended;
  };
  t.after(stop);
  return { root, map, figures, stop, ended };
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const endMs = performance.now() + timeLimitMs;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `it did not happen in time: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Appends to a file for so long, with pauses shorter than what counts as quiet. */
async function growing(path: string, forMs: number): Promise<void> {
  for (const endMs = performance.now() + forMs; performance.now() < endMs;) {
    appendFileSync(path, 'line\n');
    await pause(20);
  }
}

async function untilEqual({ root, map }: Watching): Promise<void> {
  const isEqual = (): boolean => {
    const wanted = contentsOf(root);
    return (
      wanted.size === map.bucket.size && [...wanted].every(([key, text]) => map.bucket.get(key) === text)
    );
  };
  await until(isEqual, () => JSON.stringify([[...contentsOf(root)], [...map.bucket]]).slice(0, 2000));
}

test('a folder that goes while a file from it is on its way is compared after that', async (t) => {
  const watch = watching(t);
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  let arrive: (() => void) | undefined;
  map.beforePut = (key) =>
    key === 'a/b/one' ? new Promise((resolve) => (arrive = resolve)) : Promise.resolve();
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/b/one'), '1');
  await until(
    () => arrive !== undefined,
    () => 'an upload',
  );
  renameSync(join(root, 'a'), join(tempDir(t), 'a'));
  // What happens elsewhere does not wait for that.
  writeFileSync(join(root, 'other'), '2');
  await until(
    () => map.bucket.has('other'),
    () => 'another upload',
  );
  assert.ok(!map.calls.includes('folder a/'));
  arrive?.();
  await until(
    () => map.calls.includes('folder a/'),
    () => 'the comparison of the folder',
  );
  await untilEqual(watch);
});

test('while a comparison waits for a large file, others are brought', async (t) => {
  const watch = watching(t, { options: { reconcileEveryMs: 400 } });
  const { root, map } = watch;
  let arrive: (() => void) | undefined;
  map.beforePut = (key) =>
    key === 'large' ? new Promise((resolve) => (arrive = resolve)) : Promise.resolve();
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  writeFileSync(join(root, 'large'), '');
  truncateSync(join(root, 'large'), 17 * 1024 ** 2);
  await until(
    () => arrive !== undefined,
    () => 'the upload of the large file',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const comparisons = map.calls.filter((call) => call === 'sync').length;
  for (const key of ['one', 'two']) {
    writeFileSync(join(root, key), key);
    await until(
      () => map.bucket.has(key),
      () => `the upload of ${key}`,
    );
  }
  assert.equal(map.calls.filter((call) => call === 'sync').length, comparisons);
  arrive?.();
  await untilEqual(watch);
});

test('a large file that is on its way keeps no other waiting when there is another folder in a root', async (t) => {
  const roots = [tempDir(t)];
  const watch = watching(t, {
    site: (root) => ({ source: { kind: 'folders', folders: [root], roots } }),
  });
  const { root, map } = watch;
  let arrive: (() => void) | undefined;
  map.beforePut = (key) =>
    key === 'large' ? new Promise((resolve) => (arrive = resolve)) : Promise.resolve();
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  writeFileSync(join(root, 'large'), '');
  truncateSync(join(root, 'large'), 17 * 1024 ** 2);
  await until(
    () => arrive !== undefined,
    () => 'the upload of the large file',
  );
  mkdirSync(join(roots[0] ?? '', 'new'));
  // Roots are looked at every five seconds.
  await pause(5500);
  writeFileSync(join(root, 'small'), '1');
  await until(
    () => map.bucket.has('small'),
    () => 'the upload of the small file',
  );
  assert.ok(!map.calls.includes('close'));
  arrive?.();
  await until(
    () => map.calls.includes('close'),
    () => 'that it is opened anew',
  );
});

test('large files that follow each other do not keep everything from being compared', async (t) => {
  const watch = watching(t, { options: { reconcileEveryMs: 400 } });
  const { root, map } = watch;
  const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  map.beforePut = () => pause(900);
  const before = comparisons();
  for (let i = 0; i < 12 && comparisons() === before; i++) {
    writeFileSync(join(root, `large${i}`), '');
    truncateSync(join(root, `large${i}`), 17 * 1024 ** 2);
    await pause(300);
  }
  assert.ok(comparisons() > before);
  map.beforePut = () => Promise.resolve();
  await untilEqual(watch);
});

test('what is there at the start is compared, and what comes, changes, moves and goes after it is followed', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  const at = (path: string): string => join(root, path);
  mkdirSync(at('a/b'), { recursive: true });
  writeFileSync(at('a/b/one'), '1');
  await untilEqual(watch);
  assert.ok(map.calls[0] === 'sync');
  writeFileSync(at('two'), '2');
  await untilEqual(watch);
  renameSync(at('two'), at('a/two'));
  writeFileSync(at('a/b/one'), '1 changed');
  await untilEqual(watch);
  mkdirSync(at('n/m'), { recursive: true });
  writeFileSync(at('n/m/deep'), '3');
  await untilEqual(watch);
  renameSync(at('a'), at('n/moved'));
  await untilEqual(watch);
  unlinkSync(at('n/m/deep'));
  await untilEqual(watch);
  rmSync(at('n/moved'), { recursive: true });
  writeFileSync(at('last'), '4');
  await untilEqual(watch);
  assert.equal(map.calls.filter((call) => call === 'sync').length, 1);
  assert.equal(figures.trouble, '');
});

test('a folder in the place of another: what was in that one goes', async (t) => {
  const watch = watching(t);
  const { root } = watch;
  mkdirSync(join(root, 'd/e'), { recursive: true });
  writeFileSync(join(root, 'd/e/old'), '1');
  mkdirSync(join(root, 'other'));
  writeFileSync(join(root, 'other/new'), '2');
  await untilEqual(watch);
  renameSync(join(root, 'd'), join(tempDir(t), 'away'));
  renameSync(join(root, 'other'), join(root, 'd'));
  await untilEqual(watch);
});

test('a file in the place of a folder, and a folder in that of a file', async (t) => {
  const watch = watching(t);
  const { root } = watch;
  mkdirSync(join(root, 'x'));
  writeFileSync(join(root, 'x/in'), '1');
  writeFileSync(join(root, 'y'), '2');
  await untilEqual(watch);
  rmSync(join(root, 'x'), { recursive: true });
  unlinkSync(join(root, 'y'));
  writeFileSync(join(root, 'x'), '3');
  mkdirSync(join(root, 'y'));
  writeFileSync(join(root, 'y/in'), '4');
  await untilEqual(watch);
});

test('a file that is being written is not brought before it is quiet (trap 31)', async (t) => {
  const watch = watching(t);
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  for (let i = 0; i < 12; i++) {
    appendFileSync(join(root, 'growing'), `line ${i}\n`);
    await new Promise((resolve) => setTimeout(resolve, quietMs / 4));
  }
  await untilEqual(watch);
  assert.equal(map.history.length, 1);
});

test('a file that was written just before the start is not taken half-written, nor forgotten (trap 31)', async (t) => {
  let isWritten = false;
  const watch = watching(t, {
    map: (map) => {
      map.before = (call) => {
        if (call === 'sync' && !isWritten) writeFileSync(join(map.feeds[0]?.source ?? '', 'fresh'), 'half');
        isWritten = true;
      };
    },
  });
  await until(
    () => isWritten,
    () => 'the first comparison',
  );
  appendFileSync(join(watch.root, 'fresh'), ' and whole');
  await untilEqual(watch);
  assert.deepEqual(watch.map.history, [{ key: 'fresh', content: 'half and whole' }]);
});

test('what fails is tried again until it works, and nothing else waits for it', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  map.failing.add('bad');
  writeFileSync(join(root, 'bad'), '1');
  writeFileSync(join(root, 'good'), '1');
  await until(
    () => map.bucket.has('good') && figures.failed > 0,
    () => 'good',
  );
  map.failing.clear();
  await untilEqual(watch);
});

test('while the store is away nothing is lost, and when it is back all is brought', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  map.before = () => {
    throw new BackupError('S3_UNREACHABLE', 'The store does not answer.');
  };
  for (let i = 0; i < 40; i++) writeFileSync(join(root, `f${i}`), `${i}`);
  await until(
    () => figures.trouble !== '',
    () => 'trouble',
  );
  map.before = () => undefined;
  await untilEqual(watch);
  assert.equal(figures.trouble, '');
});

test('a store that is away at the start is waited for', async (t) => {
  let failures = 2;
  const watch = watching(t, {
    map: (map) => {
      map.before = () => {
        if (failures-- > 0) throw new BackupError('S3_UNREACHABLE', 'The store does not answer.');
      };
    },
  });
  writeFileSync(join(watch.root, 'f'), '1');
  await untilEqual(watch);
});

test('what is refused is told until it is not, compared again in a while only, and keeps nothing else', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
  for (const name of ['a', 'b']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.refusesDeletions = true;
  map.durationMs = 3_600_000;
  unlinkSync(join(root, 'a'));
  await until(
    () => figures.trouble === 'That is more than half.',
    () => 'trouble',
  );
  const before = comparisons();
  const isBrought = async (name: string): Promise<void> => {
    writeFileSync(join(root, name), '1');
    await until(
      () => map.bucket.has(name),
      () => name,
    );
  };
  await isBrought('c');
  unlinkSync(join(root, 'b'));
  await until(
    () => map.calls.includes('keys b'),
    () => 'b',
  );
  await isBrought('d');
  await isBrought('e');
  assert.deepEqual([[...map.bucket.keys()].sort(), comparisons()], [['a', 'b', 'c', 'd', 'e'], before]);
  assert.equal(figures.trouble, 'That is more than half.');
});

test('what was refused goes once it is allowed to', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  for (const name of ['a', 'b']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.refusesDeletions = true;
  unlinkSync(join(root, 'a'));
  await until(
    () => figures.trouble !== '',
    () => 'trouble',
  );
  map.refusesDeletions = false;
  await untilEqual(watch);
  await until(
    () => figures.trouble === '',
    () => 'the end of trouble',
  );
});

test('what fails for ever does not have everything compared each minute', async (t) => {
  const speed = 1000;
  const startMs = Date.now();
  const nowMs = (): number => startMs + (Date.now() - startMs) * speed;
  const watch = watching(t, {
    clock: { ...systemClock, nowMs },
    map: (map) => map.failing.add('bad'),
  });
  const { root, map } = watch;
  const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
  writeFileSync(join(root, 'bad'), '1');
  // After 1, 3, 7, 15 and 31 minutes.
  const before = comparisons();
  await until(
    () => nowMs() - startMs > 40 * 60_000,
    () => 'time',
  );
  assert.ok(comparisons() - before <= 7, `${comparisons()} comparisons`);
  // It is tried by itself meanwhile.
  map.failing.clear();
  await untilEqual(watch);
  assert.ok(comparisons() - before <= 7);
});

test('what fails when a folder is compared is tried again by itself', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  mkdirSync(join(root, 'd'));
  for (const name of ['d/bad', 'd/good', 'other']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.failing.add('d/bad');
  renameSync(join(root, 'd'), join(tempDir(t), 'away'));
  await until(
    () => map.calls.includes('folder d/') && figures.failed > 0,
    () => 'the comparison of the folder',
  );
  map.failing.clear();
  await untilEqual(watch);
  assert.equal(map.calls.filter((call) => call === 'sync').length, 1);
});

for (const durationMs of [10, 100])
  test(`while a comparison of ${durationMs} ms ends early again and again, what changes is brought`, async (t) => {
    const watch = watching(t, {
      map: (map) => {
        map.syncError = new BackupError('ACCESS_DENIED', 'The first 100 all failed.');
        map.durationMs = durationMs;
      },
    });
    const { root, map, figures } = watch;
    const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
    await until(
      () => comparisons() > 0,
      () => 'the first comparison',
    );
    for (const key of ['one', 'two', 'three']) {
      writeFileSync(join(root, key), key);
      await until(
        () => map.calls.includes(`keys ${key}`),
        () => key,
      );
      await pause(300);
    }
    assert.ok(comparisons() <= 2, `${comparisons()} comparisons`);
    assert.equal(figures.trouble, 'The first 100 all failed.');
    map.syncError = undefined;
    await until(
      () => figures.trouble === '',
      () => 'the end of trouble',
    );
  });

test('a batch in which everything failed is no success', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => figures.lastSuccessMs !== undefined,
    () => 'the first comparison',
  );
  const { lastSuccessMs } = figures;
  map.failing.add('bad');
  writeFileSync(join(root, 'bad'), '1');
  await until(
    () => figures.failed > 0,
    () => 'a failure',
  );
  assert.deepEqual([figures.lastSuccessMs, figures.trouble], [lastSuccessMs, '']);
});

test('a lock that was lost is taken again, and a watch whose lock somebody else has ends', async (t) => {
  let lost = 0;
  const isTaken = { value: false };
  const watch = watching(t, {
    open: (map) => {
      if (isTaken.value) throw new BackupError('LOCKED', 'Another run holds the lock.');
      return map;
    },
    map: (map) => {
      map.before = () => {
        if (lost-- > 0) throw new BackupError('LOCKED', 'The lock was lost.');
      };
    },
  });
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  lost = 1;
  writeFileSync(join(root, 'a'), '1');
  await untilEqual(watch);
  assert.equal(map.calls.filter((call) => call === 'close').length, 1);
  [lost, isTaken.value] = [1, true];
  writeFileSync(join(root, 'b'), '1');
  const error = await watch.ended;
  assert.ok(error instanceof BackupError && error.code === 'LOCKED');
});

test('polled, changes are found without events', async (t) => {
  const watch = watching(t, { options: { pollEveryMs: 100 } });
  await until(
    () => watch.map.calls.includes('sync'),
    () => 'the first comparison',
  );
  writeFileSync(join(watch.root, 'f'), '1');
  await untilEqual(watch);
  assert.equal(watch.figures.watchedFolders, 0);
});

test('with rotation all files are compared, once they are quiet', async (t) => {
  const watch = watching(t, { site: { rotate: 3 } });
  writeFileSync(join(watch.root, 'dump'), '1');
  await untilEqual(watch);
  assert.ok(watch.map.calls.every((call) => !call.startsWith('keys')));
});

test('with rotation a file that comes while another becomes quiet keeps neither from being brought', async (t) => {
  const watch = watching(t, { site: { rotate: 3 } });
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  for (let i = 0; i < 5; i++) {
    writeFileSync(join(root, `${i}.dump`), `${i}`);
    await pause(100);
  }
  await untilEqual(watch);
});

test('with rotation a comparison that falls due while a file is being written does not stop it all', async (t) => {
  const watch = watching(t, { site: { rotate: 3 }, options: { reconcileEveryMs: 300 } });
  await growing(join(watch.root, 'dump'), 1000);
  await untilEqual(watch);
});

test('with rotation a file that is written to for ever keeps no other from being brought', async (t) => {
  const watch = watching(t, { site: { rotate: 3, watchIntervalMs: 50 } });
  const { root, map } = watch;
  const grown = growing(join(root, 'never-quiet'), 4000);
  await pause(200);
  writeFileSync(join(root, 'dump'), '1');
  await until(
    () => map.bucket.has('dump'),
    () => 'dump',
  );
  assert.ok(!map.bucket.has('never-quiet'));
  await grown;
  await untilEqual(watch);
});

test('files that are no business of the site are not waited for', async (t) => {
  const watch = watching(t, { site: { rotate: 3, filePattern: '*.dump' } });
  const { root, map, figures } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  const grown = growing(join(root, 'dump.log'), 1000);
  await pause(200);
  writeFileSync(join(root, '1.dump'), '1');
  await until(
    () => map.bucket.has('1.dump'),
    () => '1.dump',
  );
  assert.ok(figures.events > 1);
  assert.equal(figures.queue, 0);
  await grown;
});

test('it stops when it is told to, and closes what it has opened', async (t) => {
  const watch = watching(t);
  await until(
    () => watch.map.calls.includes('sync'),
    () => 'the first comparison',
  );
  const error = await watch.stop();
  assert.ok(error instanceof BackupError && error.code === 'TERMINATED');
  assert.equal(watch.map.calls.at(-1), 'close');
});

test('a storm of everything ends with the bucket equal to the directory', { timeout: 60_000 }, async (t) => {
  const watch = watching(t);
  const { root } = watch;
  const random = new Random(11);
  const folders = ['', 'a/', 'a/b/', 'c/', 'c/d/e/'];
  const pick = (): string => `${folders[random.below(folders.length)] ?? ''}f${random.below(60)}`;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch {
      // There is nothing there at the moment, or something else.
    }
  };
  for (let i = 0; i < 3000; i++) {
    const [path, other] = [join(root, pick()), join(root, pick())];
    const what = random.below(20);
    if (what < 10) {
      attempt(() => mkdirSync(join(path, '..'), { recursive: true }));
      attempt(() => writeFileSync(path, `${i}`));
    } else if (what < 14) attempt(() => unlinkSync(path));
    else if (what < 18) attempt(() => renameSync(path, other));
    else if (what === 18) attempt(() => rmSync(join(root, 'c'), { recursive: true }));
    else attempt(() => renameSync(join(root, 'a'), join(root, `moved${random.below(3)}`)));
    if (i % 40 === 0) await new Promise((resolve) => setTimeout(resolve, random.below(30)));
  }
  await untilEqual(watch);
});
