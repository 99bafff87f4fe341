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
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { Random } from '../../support/random.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { quietMs } from './support.ts';
import { watching, until, pause, growing, untilEqual } from './site-watch-support.ts';

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
