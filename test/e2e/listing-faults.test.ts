/** With one answer in twenty faulty a snapshot holds what it holds without faults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultRule } from '../../src/s3-embedded/index.ts';
import { startEmbedded } from '../support/embedded.ts';
import { asOf, isSoak, readManifest, siteOf, type SnapshotJson } from './listing-support.ts';

const keys = isSoak ? 1_000_000 : 120_000;

function ofListings(rule: FaultRule): FaultRule {
  return { operation: 'ListObjectVersions', rate: 0.05 / 6, ...rule };
}

test('503, resets, cut bodies, latency spikes: identical ranges', { timeout: 300_000 }, async (t) => {
  await using embedded = await startEmbedded({ requestLogLimit: 0, faultSeed: 7 });
  const { server } = embedded;
  server.createSynthetic({
    bucket: 'slave',
    layout: 'dates',
    keys,
    versionsPerKey: 2,
    deleteMarkerEvery: 50,
  });
  const command = ['snapshot', '--at', asOf, '--concurrency', '32'];

  const calm = siteOf(t, server, 'slave');
  const without = await calm.json<SnapshotJson>(command);

  server.faults.add(ofListings({ kind: 'status' }));
  server.faults.add(ofListings({ kind: 'status', status: 500, code: 'InternalError' }));
  server.faults.add(ofListings({ kind: 'reset-before' }));
  server.faults.add(ofListings({ kind: 'reset-mid-body' }));
  server.faults.add(ofListings({ kind: 'cut-body' }));
  server.faults.add(ofListings({ kind: 'latency', delayMs: 1500 }));
  const stormy = siteOf(t, server, 'slave');
  const among = await stormy.json<SnapshotJson>(command);

  const hits = server.faults.list().map((fault) => fault.hits);
  assert.ok(Math.min(...hits) > 0, `every kind was met: ${hits.join(', ')}`);
  assert.deepEqual(readManifest(stormy).ranges, readManifest(calm).ranges);
  assert.equal(among.keys, without.keys);
});

test('a server that bears four requests at once is not stormed', { timeout: 300_000 }, async (t) => {
  await using embedded = await startEmbedded();
  const { server } = embedded;
  server.createSynthetic({ bucket: 'slave', layout: 'uuid', keys });
  server.faults.add({ kind: 'latency', delayMs: 20, operation: 'ListObjectVersions' });
  server.faults.add({ kind: 'overload', maxInFlight: 4, operation: 'ListObjectVersions' });
  const site = siteOf(t, server, 'slave');
  const result = await site.json<SnapshotJson>(['snapshot', '--at', asOf, '--concurrency', '32']);
  assert.equal(result.keys, keys);
  const refused = server.requests.entries.filter(({ status }) => status === 503).length;
  t.diagnostic(`${refused} of ${result.requests} requests were refused`);
  assert.ok(refused > 0);
  assert.ok(refused < result.requests / 3, `${refused} of ${result.requests} requests were refused`);
});
