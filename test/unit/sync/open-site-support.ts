import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext } from 'node:test';
import type { Site } from '../../../src/config/config.ts';
import { Bucket } from '../../../src/s3/open-bucket.ts';
import { openSite } from '../../../src/sync/open-site.ts';
import type { OpenSite, SiteResult, SyncOptions } from '../../../src/sync/site-sync.ts';
import { startEmbedded, TEST_CREDENTIALS } from '../../support/embedded.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';

export const usual: SyncOptions = { dryRun: false };
export const { signal } = new AbortController();

export async function opened(
  t: TestContext,
  changes: Partial<Site> = {},
  bucket = 'b',
  isMirror = false,
  perFolder: Pick<Site['destination'], 'bucketPerFolder'> = {},
) {
  const embedded = await startEmbedded();
  t.after(() => embedded.stop());
  const { server } = embedded;
  for (const name of ['b', 'from']) server.buckets.create(name);
  const hooks = { onProgress: (): void => undefined };
  const folder = tempDir(t);
  const root = join(folder, 'src');
  mkdirSync(root);
  const location = { bucket, region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true };
  const site: Site = {
    name: 's',
    source: isMirror
      ? {
          kind: 'bucket',
          location: { ...location, bucket: 'from', credentials: TEST_CREDENTIALS },
          prefix: 's/',
        }
      : { kind: 'directory', path: root },
    destination: { location: { ...location, credentials: TEST_CREDENTIALS }, prefix: 'p/', ...perFolder },
    retireDeleted: 'delete',
    exclude: [/\.tmp$/],
    chunkSizeBytes: 1024 ** 3,
    compare: 'mtime',
    watchIntervalMs: 1000,
    symlinks: 'skip',
    ...changes,
  };
  // Far ahead of the files, so that their states count as settled.
  const clock = new ManualClock(Date.parse('2100-01-01T00:00:00Z'));
  const open = (opening = {}): Promise<OpenSite> =>
    openSite(
      site,
      {
        stateDir: join(folder, 'state'),
        clock,
        observer: { log: silentLog, progress: () => hooks.onProgress() },
        concurrency: 8,
        openBucket: async (place) => new Bucket({ ...place, retry: { baseDelayMs: 1 } }),
      },
      opening,
    );
  const write = (key: string, content = key): void => {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), content);
  };
  const remove = (key: string): void => rmSync(join(root, key), { recursive: true });
  const keys = (): string[] =>
    [...server.buckets.versions('b')]
      .filter((version) => version.isLatest && !version.isDeleteMarker)
      .map(({ key }) => key);
  return { server, clock, hooks, open, write, remove, keys, root, sites: join(folder, 'state/sites') };
}

export function done({ uploaded, same, deleted, tagged, failed, error }: SiteResult) {
  return { uploaded, same, deleted, tagged, failed, error: error?.code };
}

export const nothing = { uploaded: 0, same: 0, deleted: 0, tagged: 0, failed: 0, error: undefined };
