import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importS3syncService } from '../../../src/import-config/s3sync-service.ts';

function imported(document: object) {
  return importS3syncService({ file: 'config.yml', document });
}

test('sites get what they have of their own, and else what is set for all', () => {
  const { sites, notes } = imported({
    access_key: 'AKSHARED',
    secret_access_key: 'sharedsecret',
    aws_region: 'us-east-1',
    upload_workers: 5,
    watch_interval: '30s',
    sites: [
      {
        name: 'precious',
        local_path: '/data/a',
        bucket: 'b',
        bucket_path: '/x/y/',
        storage_class: 'STANDARD_IA',
        retire_deleted: true,
        exclusions: ['.[Dd][Ss]_[Ss]tore'],
      },
      {
        local_path: '/data/b',
        bucket: 'b',
        bucket_path: 'z',
        bucket_region: 'eu-central-1',
        endpoint: 's3.example.org',
        access_key: 'AKOWN',
        secret_access_key: 'ownsecret',
        watch_interval: '1s',
      },
    ],
  });
  assert.deepEqual(sites, [
    {
      Name: 'precious',
      Path: '/data/a',
      Bucket: 'b',
      Prefix: 'x/y/',
      Region: 'us-east-1',
      AccessKey: 'AKSHARED',
      SecretKey: 'sharedsecret',
      StorageClass: 'STANDARD_IA',
      RetireDeleted: true,
      Exclude: ['.[Dd][Ss]_[Ss]tore'],
      ChunkSizeBytes: 5 * 1024 ** 2,
      Workers: 5,
      WatchIntervalMs: 30_000,
    },
    {
      Name: 'b/z',
      Path: '/data/b',
      Bucket: 'b',
      Prefix: 'z/',
      Region: 'eu-central-1',
      Endpoint: 'https://s3.example.org',
      ForcePathStyle: false,
      AccessKey: 'AKOWN',
      SecretKey: 'ownsecret',
      RetireDeleted: false,
      ChunkSizeBytes: 5 * 1024 ** 2,
      Workers: 5,
      WatchIntervalMs: 1000,
    },
  ]);
  assert.deepEqual(notes, []);
});

test('what is left out is as the tool has it', () => {
  const [site] = imported({ aws_region: 'r', sites: [{ local_path: '/d', bucket: 'b' }] }).sites;
  assert.deepEqual(site, {
    Name: 'b',
    Path: '/d',
    Bucket: 'b',
    Region: 'r',
    RetireDeleted: false,
    ChunkSizeBytes: 5 * 1024 ** 2,
    Workers: 10,
    WatchIntervalMs: 1000,
  });
});

test('inclusions become an exclusion of all else', () => {
  const [site] = imported({
    aws_region: 'r',
    sites: [{ local_path: '/d', bucket: 'b', inclusions: ['keep/.*', '\\.jpg$'] }],
  }).sites;
  const [exclude] = site?.['Exclude'] as string[];
  const isExcluded = (path: string): boolean => new RegExp(exclude ?? '').test(path);
  assert.deepEqual(['keep/a', 'x/keep/b', 'a.jpg', 'a.png', 'a.jpg/x', 'folder/'].map(isExcluded), [
    false,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('where one inclusion cannot be said none is: more is brought then, never less', () => {
  for (const pattern of ['\\pL', '(?i)\\.png$', '^/d/keep/', '/d/keep']) {
    const { sites, notes } = imported({
      aws_region: 'r',
      sites: [{ local_path: '/d', bucket: 'b', inclusions: ['x', pattern], exclusions: ['tmp'] }],
    });
    assert.deepEqual(sites[0]?.['Exclude'], ['tmp']);
    assert.deepEqual(
      notes.map(({ field }) => field),
      ['sites[0].inclusions'],
    );
  }
});

test('patterns that cannot be said, fields that nobody knows and a region from elsewhere are told', () => {
  const { notes } = imported({
    s3_ops_retries: 3,
    sites: [{ local_path: '/d', bucket: 'b', exclusions: ['\\pL', '^/d/x'], new_thing: 1 }],
  });
  assert.deepEqual(
    notes.map(({ field, matters }) => [field, matters]),
    [
      ['s3_ops_retries', false],
      ['sites[0].bucket_region', true],
      ['sites[0].exclusions[0]', true],
      ['sites[0].exclusions[1]', true],
      ['sites[0].new_thing', true],
    ],
  );
});

test('a relative path, a bad interval and a missing bucket are errors that name the field', () => {
  const one = (site: object) => () => imported({ sites: [site] });
  assert.throws(one({ local_path: 'd', bucket: 'b' }), /sites\[0\]\.local_path: expected an absolute path/);
  assert.throws(one({ local_path: '/d', bucket: 'b', watch_interval: 'soon' }), /watch_interval/);
  assert.throws(one({ local_path: '/d' }), /sites\[0\]\.bucket/);
  assert.throws(() => imported([]), /expected an object/);
});
