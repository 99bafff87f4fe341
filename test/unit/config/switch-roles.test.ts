import assert from 'node:assert/strict';
import { test } from 'node:test';
import { switchedRoles } from '../../../src/config/switch-roles.ts';

const time = '2026-11-21T04:00:00.000Z';

test('only what has to change changes; back again it is the same text', () => {
  const before = `{
  "LogLevel":   1,
  "BackupSet": {
      "SlaveBucket": "history", "SlaveRegion": "eu-west-1",
      "SlaveEndpoint": "https://s3.example.com",
      "MasterBucket" : "photos",
      "MasterRegion": "eu-central-1",
      "RetentionPolicy": { "KeepDaily": 7 }
  }
}
`;
  const after = switchedRoles(before, ['BackupSet'], time);
  assert.equal(
    after,
    `{
  "LogLevel":   1,
  "BackupSet": {
      "SlaveBucket": "photos", "SlaveRegion": "eu-central-1",
      "MasterEndpoint": "https://s3.example.com",
      "MasterBucket" : "history",
      "MasterRegion": "eu-west-1",
      "RetentionPolicy": { "KeepDaily": 7 },
      "FailedOver": "${time}"
  }
}
`,
  );
  assert.equal(switchedRoles(after, ['BackupSet'], undefined), before);
});

test('keys change places where the slave has its own', () => {
  const set = (fields: object): string => JSON.stringify({ BackupSets: [{ Name: 'other' }, fields] });
  const own = { AccessKey: 'a', SecretKey: 'b', SlaveAccessKey: 'c', SlaveSecretKey: 'd' };
  const switched = JSON.parse(switchedRoles(set(own), ['BackupSets', 1], time)) as { BackupSets: object[] };
  assert.deepEqual(switched.BackupSets, [
    { Name: 'other' },
    { AccessKey: 'c', SecretKey: 'd', SlaveAccessKey: 'a', SlaveSecretKey: 'b', FailedOver: time },
  ]);
  const shared = { AccessKey: 'a', SecretKey: 'b', SlaveAccessKey: '', SlaveSecretKey: '' };
  const same = JSON.parse(switchedRoles(set(shared), ['BackupSets', 1], time)) as { BackupSets: object[] };
  assert.deepEqual(same.BackupSets[1], { ...shared, FailedOver: time });
  assert.throws(() => switchedRoles(set({ ...own, AccessKey: '', SecretKey: '' }), ['BackupSets', 1], time), {
    code: 'REFUSED',
  });
});

test('the mark goes with its comma, wherever it stands', () => {
  const marked = [
    ['{"BackupSet":{"FailedOver":"x","A":1}}', '{"BackupSet":{"A":1}}'],
    ['{"BackupSet":{"A":1, "FailedOver":"x", "B":2}}', '{"BackupSet":{"A":1, "B":2}}'],
    ['{"BackupSet":{"FailedOver":"x"}}', '{"BackupSet":{}}'],
  ] as const;
  for (const [before, after] of marked) assert.equal(switchedRoles(before, ['BackupSet'], undefined), after);
});
