import { after } from 'node:test';
import { testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { testArchive } from './sync-archive.ts';
import { testDirectories } from './sync-directories.ts';
import { testMirror } from './sync-mirror.ts';
import { testRotation } from './sync-rotate.ts';

await describeOnRadosgw('sync into radosgw', (endpoint) => {
  const client = testClient(endpoint, { maxAttempts: 3 });
  after(() => client.destroy());
  // Others would have to be set up in its zone first.
  const ofServer = { client, endpoint, storageClass: 'STANDARD' };
  testRotation(ofServer);
  testDirectories(ofServer);
  testArchive(ofServer);
  testMirror(ofServer);
});
