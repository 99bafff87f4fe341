import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importS3rsyncdb } from '../../../src/import-config/s3rsyncdb.ts';

const auth = {
  dest_endpoint: 'https://s3.example.org',
  dest_s3_keys: { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'topsecretvalue' },
};

function documents(conf: object): { file: string; document: unknown }[] {
  return [
    { file: 'auth.json', document: auth },
    { file: 'conf.json', document: conf },
  ];
}

test('both files become one site that rotates', () => {
  const { sites } = importS3rsyncdb(
    documents({
      dest_bucket: 'dumps',
      chunk_size: 8 * 1024 ** 2,
      backup: { directory: '/var/backup', file_pattern: 'dbs-*.gz', dest_prefix: 'pg/backup', rotate_lvl: 5 },
    }),
  );
  assert.deepEqual(sites, [
    {
      Name: 'pg/backup',
      Path: '/var/backup',
      FilePattern: 'dbs-*.gz',
      Exclude: ['/'],
      Rotate: 5,
      Bucket: 'dumps',
      Prefix: 'pg/backup/',
      ChunkSizeBytes: 8 * 1024 ** 2,
      RetireDeleted: true,
      Region: 'us-east-1',
      Endpoint: 'https://s3.example.org',
      AccessKey: 'AKIDEXAMPLE',
      SecretKey: 'topsecretvalue',
    },
  ]);
});

test('what is left out is as the tool has it; a prefix with a slash gets its second one (trap 25)', () => {
  const [site] = importS3rsyncdb(
    documents({ dest_bucket: 'dumps', backup: { directory: '/b', dest_prefix: 'pg/' } }),
  ).sites;
  assert.equal(site?.['Prefix'], 'pg//');
  assert.equal(site['Rotate'], 7);
  assert.equal(site['ChunkSizeBytes'], 1024 ** 3);
  assert.equal(site['FilePattern'], '*');
  assert.deepEqual(site['Exclude'], ['/', '^\\.']);
});

test('to keep none is refused, and so is a file too few or of the wrong kind', () => {
  const none = documents({ dest_bucket: 'd', backup: { directory: '/b', rotate_lvl: 0 } });
  assert.throws(() => importS3rsyncdb(none), /rotate_lvl.*1 or more/);
  assert.throws(() => importS3rsyncdb(documents({}).slice(0, 1)), { code: 'USAGE' });
  assert.throws(() => importS3rsyncdb(documents({ bucket: 'd' })), { code: 'USAGE' });
});

test('a field of the wrong type is named, and its value is not', () => {
  const wrong = [
    { file: 'auth.json', document: { dest_s3_keys: { access_key_id: 'A', secret_access_key: 12345678 } } },
    { file: 'conf.json', document: { dest_bucket: 'd', backup: { directory: '/b' } } },
  ];
  assert.throws(
    () => importS3rsyncdb(wrong),
    (error: Error) =>
      /dest_s3_keys\.secret_access_key/.test(error.message) && !/12345678/.test(error.message),
  );
});
