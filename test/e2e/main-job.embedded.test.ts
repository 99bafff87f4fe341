import { after } from 'node:test';
import { startEmbedded } from '../support/embedded.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OracleVersion } from '../support/bucket-oracle.ts';
import { Site } from '../support/site.ts';
import { isSoak } from './listing-support.ts';
import { describeMainJob } from './main-job.ts';

const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-e2e-'));
const embedded = await startEmbedded();
after(async () => {
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
});

describeMainJob('the embedded S3', async () => {
  const { server, client } = embedded;
  const bucket = 'main-job';
  return {
    client,
    bucket,
    site: new Site(folder, { endpoint: server.endpoint, master: bucket, slave: bucket }),
    // radosgw is the judge, and has 20,000 in every run.
    keyCount: isSoak ? 20_000 : 6000,
    // The server's own books: it lists whole seconds, by which nobody else could tell the order within one.
    listAll: async (name) => {
      const byKey = new Map<string, OracleVersion[]>();
      for (const version of server.buckets.versions(name)) {
        const { key, versionId, isLatest, isDeleteMarker, lastModifiedMs, etag, content, storageClass } =
          version;
        const { sizeBytes } = content;
        const listed = {
          key,
          versionId,
          isLatest,
          isDeleteMarker,
          lastModifiedMs,
          etag,
          sizeBytes,
          storageClass,
        };
        byKey.set(key, [...(byKey.get(key) ?? []), listed]);
      }
      return byKey;
    },
  };
});
