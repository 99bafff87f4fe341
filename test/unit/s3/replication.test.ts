import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replicationRules } from '../../../src/s3/replication.ts';
import type { ReplicationRule } from '../../../src/s3/replication.ts';
import { clientOf, errorBody, startCannedServer } from './support/canned-server.ts';
import type { Answer } from './support/canned-server.ts';

async function ask(answer: Answer): Promise<ReplicationRule[]> {
  const server = await startCannedServer(() => answer);
  try {
    return await replicationRules(clientOf(server), 'pail');
  } finally {
    await server.close();
  }
}

function destination(bucket: string): string {
  return `<Destination><Bucket>arn:aws:s3:::${bucket}</Bucket></Destination>`;
}

describe('replicationRules', () => {
  it('reads both versions of rules: only the first one replicates markers unasked (trap 9)', async () => {
    const body = `<ReplicationConfiguration><Role>r</Role>
      <Rule><ID>v1</ID><Prefix>a/</Prefix><Status>Enabled</Status>${destination('slave')}</Rule>
      <Rule><ID>v2</ID><Filter/><Status>Enabled</Status>${destination('slave')}
        <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication></Rule>
      <Rule><ID>markers</ID><Filter><Prefix>b/</Prefix></Filter><Status>Disabled</Status>${destination('other')}
        <DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication></Rule>
      <Rule><ID>tags</ID><Status>Enabled</Status>${destination('slave')}
        <Filter><And><Prefix>c/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter></Rule>
    </ReplicationConfiguration>`;
    const usual = { enabled: true, destination: 'slave', prefix: '', byTag: false };
    assert.deepEqual(await ask({ body }), [
      { ...usual, id: 'v1', prefix: 'a/', replicatesDeleteMarkers: true },
      { ...usual, id: 'v2', replicatesDeleteMarkers: false },
      {
        ...usual,
        id: 'markers',
        enabled: false,
        destination: 'other',
        prefix: 'b/',
        replicatesDeleteMarkers: true,
      },
      { ...usual, id: 'tags', prefix: 'c/', byTag: true, replicatesDeleteMarkers: false },
    ]);
  });

  it('finds none where there are none, whichever way the store says so (trap 33)', async () => {
    const missing = { status: 404, body: errorBody('ReplicationConfigurationNotFoundError', 'm') };
    assert.deepEqual(await ask(missing), []);
    assert.deepEqual(await ask({ body: '<ReplicationConfiguration/>' }), []);
  });

  it('does not take a refusal for none', async () => {
    await assert.rejects(ask({ status: 403, body: errorBody('AccessDenied', 'm') }), {
      code: 'ACCESS_DENIED',
    });
  });
});
