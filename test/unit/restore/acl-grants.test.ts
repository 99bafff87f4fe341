import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDefaultAcl, isEqualAcl, ownedBy } from '../../../src/restore/acl-grants.ts';
import type { Acl } from '../../../src/s3/open-bucket.ts';

type Grant = Acl['grants'][number];
const user = (grantee: string, permission: string): Grant => ({ type: 'CanonicalUser', grantee, permission });
const everybody: Grant = {
  type: 'Group',
  grantee: 'http://acs.amazonaws.com/groups/global/AllUsers',
  permission: 'READ',
};
const own = user('me', 'FULL_CONTROL');
const mine = (...grants: Grant[]): Acl => ({ ownerId: 'me', grants });

test("the default is the owner's full control alone", () => {
  assert.ok(isDefaultAcl(mine(own)));
  for (const other of [
    mine(),
    mine(own, everybody),
    mine(user('me', 'READ')),
    mine(user('you', 'FULL_CONTROL')),
  ])
    assert.ok(!isDefaultAcl(other), JSON.stringify(other));
});

test('for another owner the grants stay, but the one of the owner becomes his (trap 16)', () => {
  const theirs = ownedBy('you', mine(own, everybody, user('third', 'READ')));
  assert.deepEqual(theirs, {
    ownerId: 'you',
    grants: [user('you', 'FULL_CONTROL'), everybody, user('third', 'READ')],
  });
});

test('equal whatever the order, and whoever the owner is', () => {
  const acl = mine(own, everybody);
  assert.ok(isEqualAcl(acl, mine(everybody, own)));
  assert.ok(isEqualAcl(acl, ownedBy('you', acl)));
  assert.ok(!isEqualAcl(acl, mine(own)));
  assert.ok(!isEqualAcl(acl, mine(own, { ...everybody, permission: 'READ_ACP' })));
  assert.ok(!isEqualAcl(acl, mine(own, user(everybody.grantee, 'READ'))));
});
