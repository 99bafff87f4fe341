import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { getAcl, putAcl } from '../../../src/s3/acl.ts';
import { s3ErrorName } from '../../../src/s3/errors.ts';
import { OWNER_ID, startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { clientOf, startCannedServer } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';
const own = { type: 'CanonicalUser', grantee: OWNER_ID, permission: 'FULL_CONTROL' } as const;
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
  server.buckets.create('pail');
});
after(() => server.close());

test('an ACL belongs to a version, and setting one makes none (trap 14)', async () => {
  const old = server.buckets.putVersion('pail', { key: 'k+ %41', body: 'old' });
  server.buckets.putVersion('pail', { key: 'k+ %41', body: 'newer' });
  const object = { bucket: 'pail', key: 'k+ %41' };
  const acl = {
    ownerId: OWNER_ID,
    grants: [
      own,
      { type: 'Group', grantee: allUsers, permission: 'READ' },
      { type: 'CanonicalUser', grantee: 'a&b', permission: 'READ_ACP' },
    ] as const,
  };
  await putAcl(client, { ...object, versionId: old.versionId }, { ...acl, grants: [...acl.grants] });
  assert.deepEqual(await getAcl(client, { ...object, versionId: old.versionId }), acl);
  assert.deepEqual(await getAcl(client, object), { ownerId: OWNER_ID, grants: [own] });
  assert.equal([...server.buckets.versions('pail')].length, 2);
});

test('a bucket without ACLs says so', async () => {
  server.buckets.create('without');
  server.buckets.putVersion('without', { key: 'k', body: 'x' });
  server.buckets.disableAcls('without');
  const object = { bucket: 'without', key: 'k' };
  const acl = await getAcl(client, object);
  assert.deepEqual(acl, { ownerId: OWNER_ID, grants: [own] });
  await assert.rejects(
    putAcl(client, object, acl),
    (error) => s3ErrorName(error) === 'AccessControlListNotSupported',
  );
});

test('a grantee is named by its type in the request', async (t) => {
  const canned = await startCannedServer(() => ({}));
  t.after(() => canned.close());
  const grants = [
    own,
    { type: 'Group', grantee: allUsers, permission: 'READ' } as const,
    { type: 'AmazonCustomerByEmail', grantee: 'a@b', permission: 'READ' } as const,
  ];
  await putAcl(clientOf(canned), { bucket: 'pail', key: 'k', versionId: 'v' }, { ownerId: 'o', grants });
  const [asked] = canned.asked;
  assert.deepEqual(
    [asked?.method, asked?.query.has('acl'), asked?.query.get('versionId')],
    ['PUT', true, 'v'],
  );
  assert.ok(asked?.headers['content-md5'] !== undefined, 'older stores want it (trap 23)');
  assert.match(asked.body, /<Owner><ID>o<\/ID><\/Owner>/);
  assert.match(asked.body, new RegExp(`xsi:type="CanonicalUser"[^>]*><ID>${OWNER_ID}</ID>`));
  assert.match(asked.body, /xsi:type="Group"[^>]*><URI>http:/);
  assert.match(asked.body, /xsi:type="AmazonCustomerByEmail"[^>]*><EmailAddress>a@b</);
});
