/** One set of checks for every server: what AWS documents, and the known differences from it. */
import { after, describe } from 'node:test';
import { testClient } from '../support/embedded.ts';
import { copyingChecks } from './copying.ts';
import { deletingChecks } from './deleting.ts';
import { errorChecks } from './errors.ts';
import { keyEncodingChecks } from './key-encoding.ts';
import type { ServerName } from './known-differences.ts';
import { multipartChecks } from './multipart.ts';
import { pagingChecks } from './paging.ts';
import { readingChecks } from './reading.ts';
import { ServerUnderTest } from './server.ts';
import { versioningChecks } from './versioning.ts';

export function conformanceSuite(name: ServerName, endpoint: string): void {
  const client = testClient(endpoint);
  const server = new ServerUnderTest(name, client);
  after(() => client.destroy());
  describe(`S3 conformance: ${name}`, () => {
    versioningChecks(server);
    pagingChecks(server);
    keyEncodingChecks(server);
    deletingChecks(server);
    copyingChecks(server);
    multipartChecks(server);
    readingChecks(server);
    errorChecks(server, endpoint);
  });
}
