/** A watch with a site as it is opened in earnest, and a server. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { systemClock } from '../../../src/clock.ts';
import type { Site } from '../../../src/config/site.ts';
import { BackupError } from '../../../src/errors.ts';
import { Bucket } from '../../../src/s3/open-bucket.ts';
import { openSite } from '../../../src/sync/open-site.ts';
import { newFigures } from '../../../src/watch/figures.ts';
import { SiteWatch } from '../../../src/watch/site-watch.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { startEmbedded, TEST_CREDENTIALS } from '../../support/embedded.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { quietMs, siteOf } from './support.ts';

async function watching(
  t: TestContext,
  prepare: (given: { root: string; server: EmbeddedS3 }) => Partial<Site> = () => ({}),
  clock = systemClock,
) {
  const embedded = await startEmbedded();
  t.after(() => embedded.stop());
  const { server } = embedded;
  server.buckets.create('b');
  const folder = tempDir(t);
  const root = join(folder, 'src');
  mkdirSync(root);
  const changes = prepare({ root, server });
  const location = { bucket: 'b', region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true };
  const observer = { log: silentLog, progress: () => undefined };
  const figures = newFigures('s');
  const stopper = new AbortController();
  const site = siteOf(root, {
    destination: { location: { ...location, credentials: TEST_CREDENTIALS }, prefix: '' },
    ...changes,
  });
  const retry = { baseDelayMs: 1, maxAttempts: 2 };
  const dependencies = {
    stateDir: join(folder, 'state'),
    clock,
    observer,
    concurrency: 8,
    openBucket: async (place: ConstructorParameters<typeof Bucket>[0]) => new Bucket({ ...place, retry }),
  };
  const options = {
    reconcileEveryMs: 3_600_000,
    pollEveryMs: undefined,
    maxDelete: undefined,
    mayDeleteMost: false,
    healthEveryMs: 3_600_000,
  };
  const open = (opened: Site) => openSite(opened, dependencies);
  const watch = new SiteWatch(site, options, figures, { open, clock, observer, signal: stopper.signal });
  const ended = watch.run().catch((error: unknown) => error);
  t.after(async () => {
    stopper.abort(new BackupError('TERMINATED', 'Terminated.'));
    await ended;
  });
  const keys = (): string[] =>
    [...server.buckets.versions('b')]
      .filter((version) => version.isLatest && !version.isDeleteMarker)
      .map(({ key }) => key);
  const write = (key: string): void => writeFileSync(join(root, key), key);
  await until(() => figures.reconciles > 0 || figures.trouble !== '', 'the first comparison');
  return { server, root, figures, keys, write, ended, sites: join(folder, 'state/sites') };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const endMs = performance.now() + 20_000; !condition();) {
    assert.ok(performance.now() < endMs, `it did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('while the server is away that is told, and within seconds of its return all is brought', async (t) => {
  const { server, figures, keys, write } = await watching(t);
  write('before');
  await until(() => keys().length === 1, 'the first file');
  await until(() => figures.inFlight === 0, 'its end');
  const { lastSuccessMs } = figures;
  await server.close();
  for (const key of ['one', 'two', 'three']) write(key);
  await until(() => figures.failed > 0, 'a failure');
  await until(() => figures.trouble !== '', 'trouble');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.match(figures.trouble, /cannot be reached/);
  assert.equal(figures.lastSuccessMs, lastSuccessMs);
  await server.reopen();
  const backMs = performance.now();
  await until(() => keys().length === 4, 'the other files');
  assert.ok(performance.now() - backMs < 5000);
  await until(() => figures.trouble === '', 'the end of trouble');
});

test('a lock whose row is gone is noticed and taken again', async (t) => {
  const { root, keys, write, sites, figures } = await watching(t);
  for (const key of ['a', 'b']) write(key);
  await until(() => keys().length === 2, 'the files');
  const [name = ''] = readdirSync(sites).filter((each) => each.endsWith('.sqlite'));
  const database = new Database(join(sites, name));
  t.after(() => database.close());
  const locks = (): number => (database.prepare('SELECT count(*) AS n FROM locks').get() as { n: number }).n;
  assert.equal(locks(), 1);
  database.exec('DELETE FROM locks');
  // A deletion is preceded by a look at the lock.
  rmSync(join(root, 'a'));
  await until(() => locks() === 1, 'the lock');
  await until(() => keys().join() === 'b', 'the deletion');
  await until(() => figures.trouble === '', 'the end of trouble');
});

test('a watch whose lock another run has taken over ends', async (t) => {
  const { root, keys, write, sites, ended } = await watching(t);
  for (const key of ['a', 'b']) write(key);
  await until(() => keys().length === 2, 'the files');
  const [name = ''] = readdirSync(sites).filter((each) => each.endsWith('.sqlite'));
  const database = new Database(join(sites, name));
  t.after(() => database.close());
  database.exec('DELETE FROM locks');
  const insert = database.prepare(
    `INSERT INTO locks (kind, command, host, pid, process_start, acquired_ms, heartbeat_ms)
     VALUES ('exclusive', 'sync', 'elsewhere', 1, '1', ?, ?)`,
  );
  insert.run(Date.now(), Date.now());
  rmSync(join(root, 'a'));
  const error = await ended;
  assert.ok(error instanceof BackupError && error.code === 'LOCKED');
  assert.deepEqual(keys(), ['a', 'b']);
  assert.equal(database.prepare('SELECT host FROM locks').pluck().get(), 'elsewhere');
});

test('a folder whose bucket is missing keeps the others from nothing', async (t) => {
  const { server, root, figures, keys, write } = await watching(t, (given) => {
    const folders = ['missing', 'good'].map((name) => join(given.root, name));
    for (const folder of folders) mkdirSync(folder);
    for (let i = 0; i < 20; i++) writeFileSync(join(given.root, `missing/${i}`), '1');
    const fault = { kind: 'status', status: 404, code: 'NoSuchBucket' } as const;
    given.server.faults.add({ ...fault, operation: 'PutObject', keyPattern: '/missing/' });
    return { source: { kind: 'folders', folders, roots: [] } };
  });
  await until(() => /no such bucket/.test(figures.trouble), 'trouble');
  const startMs = performance.now();
  for (let i = 0; i < 5; i++) {
    write(`missing/more${i}`);
    write(`good/${i}`);
    await until(() => keys().length === i + 1, `file ${i}`);
  }
  assert.ok(performance.now() - startMs < 5000);
  assert.match(figures.trouble, /no such bucket/);
  server.faults.clear();
  await until(() => keys().length === 30, 'what was missing');
  await until(() => figures.trouble === '', 'the end of trouble');
  assert.ok(keys().every((key) => `/${key}`.startsWith(`${root}/`)));
});

for (const rotate of [undefined, 2])
  test(`a file is brought though its time of change lies in the future, once it is quiet (trap 31)${rotate === undefined ? '' : ', with rotation too'}`, async (t) => {
    const clock = { ...systemClock, nowMs: () => Date.now() - 3_600_000 };
    const { root, server, keys, write } = await watching(
      t,
      () => ({ ...(rotate !== undefined && { rotate }) }),
      clock,
    );
    write('ahead');
    await until(() => keys().includes('ahead'), 'the file');
    for (let i = 0; i < 20; i++) {
      appendFileSync(join(root, 'growing'), 'line\n');
      await new Promise((resolve) => setTimeout(resolve, quietMs / 4));
    }
    await until(() => keys().includes('growing'), 'the other file');
    const versions = [...server.buckets.versions('b')].filter(({ key }) => key === 'growing');
    assert.deepEqual(
      versions.map(({ content }) => content.sizeBytes),
      [100],
    );
  });
