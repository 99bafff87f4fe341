/** Whatever the keys look like, many places list the same ranges as one, for little more requests. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LAYOUTS } from '../../src/s3-embedded/synthetic/layouts.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { asOf, isSoak, listingRequests, readManifest, siteOf, type SnapshotJson } from './listing-support.ts';

const keys = isSoak ? 1_000_000 : 50_000;
const manyVersions = 10_000;
/** A split costs about one request, and a small bucket has few pages to share it. */
const mostRequestsMore = isSoak ? 0.25 : 1;

let embedded: EmbeddedForTest;
before(async () => {
  embedded = await startEmbedded({ requestLogLimit: 0 });
});
after(() => embedded.stop());

describe('a listing at 16 places equals one after the other', () => {
  for (const layout of LAYOUTS) {
    test(layout, { timeout: 300_000 }, async (t) => {
      const { server } = embedded;
      server.createSynthetic({ bucket: layout, layout, keys, manyVersions, deleteMarkerEvery: 100 });
      const list = async (concurrency: number) => {
        const site = siteOf(t, server, layout);
        const before = listingRequests(server);
        const result = await site.json<SnapshotJson>([
          'snapshot',
          '--at',
          asOf,
          '--concurrency',
          String(concurrency),
        ]);
        // Another one asks for the server's clock.
        const requests = listingRequests(server) - before - 1;
        return { site, result, requests, manifest: readManifest(site) };
      };
      const alone = await list(1);
      const sideBySide = await list(16);
      assert.deepEqual(sideBySide.manifest.ranges, alone.manifest.ranges);
      assert.equal(alone.result.keys, keys - keys / 100);
      assert.equal(sideBySide.result.keys, alone.result.keys);
      assert.equal(sideBySide.result.requests, sideBySide.requests);

      const versions = keys + keys / 100 + (layout === 'manyversions' ? manyVersions - 1 : 0);
      const least = Math.ceil(versions / 1000);
      assert.ok(alone.requests <= least + 1, `${alone.requests} requests, ${least} are the least`);
      const most = least * (1 + mostRequestsMore);
      assert.ok(sideBySide.requests <= most, `${sideBySide.requests} requests, ${least} are the least`);

      const again = await sideBySide.site.json<SnapshotJson>(['snapshot', '--concurrency', '16']);
      assert.equal(again.ranges.new, 0, 'a later snapshot of the same shares all ranges');
      assert.ok(again.requests <= least + 32, `${again.requests} requests with the previous ranges as cuts`);
    });
  }
});
