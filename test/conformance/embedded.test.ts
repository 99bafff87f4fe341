import { after } from 'node:test';
import { startEmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { conformanceSuite } from './suite.ts';

const server = await startEmbeddedS3();
after(() => server.close());
conformanceSuite('embedded', server.endpoint);
