import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importMatriculaBackup } from '../../../src/import-config/matricula-backup.ts';

const aws = { access_key: 'AKIDEXAMPLE', secret_access_key: 'topsecretvalue' };

function sitesOf(backup: object) {
  return importMatriculaBackup({ file: 'config.json', document: { aws, backup } }, '/home/me').sites;
}

test('folders and roots become sites with a bucket per folder, archived, versions kept for 180 days', () => {
  const document = {
    backup: { folders: [], roots: ['/images/archives/'] },
    notification: { webhook: 'https://example.webhook.office.com/x' },
    aws: { ...aws, region: 'eu-west-1' },
  };
  const { sites, teamsWebhook } = importMatriculaBackup({ file: 'config.json', document }, '/home/me');
  assert.deepEqual(sites, [
    {
      Name: 'archives',
      Roots: ['/images/archives'],
      BucketPerFolder: 'images--{folder}',
      StorageClass: 'DEEP_ARCHIVE',
      NoncurrentExpirationDays: 180,
      RetireDeleted: true,
      Region: 'eu-west-1',
      AccessKey: 'AKIDEXAMPLE',
      SecretKey: 'topsecretvalue',
    },
  ]);
  assert.equal(teamsWebhook, 'https://example.webhook.office.com/x');
});

test('where folders lie in several places, the names of buckets say where, as the tool has them', () => {
  const sites = sitesOf({ folders: ['/img/New Ones/a', '/img/b', '~/c'], roots: ['/img/old'] });
  assert.deepEqual(
    sites.map((site) => [site['Name'], site['Folders'] ?? site['Roots'], site['BucketPerFolder']]),
    [
      ['New Ones', ['/img/New Ones/a'], 'images--img-new-ones-{folder}'],
      ['img', ['/img/b'], 'images--img-{folder}'],
      ['me', ['/home/me/c'], 'images--home-me-{folder}'],
      ['old', ['/img/old'], 'images--img-old-{folder}'],
    ],
  );
});

test('folders beside each other are one site, and names stay apart', () => {
  const sites = sitesOf({ folders: ['/x/img/a', '/x/img/b', '/y/img/c'] });
  assert.deepEqual(
    sites.map((site) => [site['Name'], site['Folders'], site['BucketPerFolder']]),
    [
      ['img', ['/x/img/a', '/x/img/b'], 'images--x-img-{folder}'],
      ['img 2', ['/y/img/c'], 'images--y-img-{folder}'],
    ],
  );
});

test('missing keys are an error', () => {
  const document = { backup: {}, aws: { access_key: 'A' } };
  assert.throws(() => importMatriculaBackup({ file: 'c', document }, '/'), /aws\.secret_access_key/);
});
