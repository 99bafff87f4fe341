import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { listAll } from '../support/bucket-oracle.ts';
import { testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { Site } from '../support/site.ts';
import { describeMainJob } from './main-job.ts';

await describeOnRadosgw('radosgw', (endpoint) => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-e2e-'));
  const client = testClient(endpoint, { maxAttempts: 3 });
  after(() => {
    client.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  describeMainJob('radosgw', async () => {
    const bucket = `main-job-${process.pid}`;
    return {
      client,
      bucket,
      site: new Site(folder, { endpoint, master: bucket, slave: bucket }),
      keyCount: 20_000,
      listAll: (name) => listAll(client, name),
    };
  });
});
