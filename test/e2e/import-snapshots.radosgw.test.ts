import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { describeImport } from './import-snapshots.ts';

await describeOnRadosgw('takeover on radosgw', (endpoint) => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-takeover-'));
  const client = testClient(endpoint, { maxAttempts: 3 });
  after(() => {
    client.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  describeImport('radosgw', () => ({ client, folder, endpoint }));
});
