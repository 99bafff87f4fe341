import { after, describe } from 'node:test';
import { startEmbedded } from '../support/embedded.ts';
import { testArchive } from './sync-archive.ts';
import { testDirectories } from './sync-directories.ts';
import { testMirror } from './sync-mirror.ts';
import { testRotation } from './sync-rotate.ts';

const embedded = await startEmbedded();
after(() => embedded.stop());

describe('sync into the embedded S3', () => {
  const { client, server } = embedded;
  const ofServer = { client, endpoint: server.endpoint, storageClass: 'DEEP_ARCHIVE' };
  testRotation(ofServer);
  testDirectories(ofServer);
  testArchive(ofServer);
  testMirror(ofServer);
});
