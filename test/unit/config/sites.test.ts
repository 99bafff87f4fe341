import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig, secretsOf } from '../../../src/config/index.ts';
import type { Config } from '../../../src/config/index.ts';
import { BackupError } from '../../../src/errors.ts';
import { secret, temporaryConfig } from './temporary.ts';

const photos = { Name: 'photos', Path: '/srv/photos', Bucket: 'b' };

function load(t: TestContext, ...sites: object[]): Promise<Config> {
  return loadConfig(temporaryConfig(t, { Sites: sites }));
}

async function problems(t: TestContext, ...sites: object[]): Promise<string> {
  const error: unknown = await load(t, ...sites).then(
    () => assert.fail('the file was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError && error.code === 'CONFIG_INVALID', String(error));
  assert.ok(!error.message.includes(secret));
  return error.message;
}

test('a site without anything optional, in a file without a backup set', async (t) => {
  const { sets, sites, stateDir } = await load(t, photos);
  assert.deepEqual([sets, stateDir], [[], '/var/lib/backup-my-bucket']);
  assert.deepEqual(sites, [
    {
      name: 'photos',
      source: { kind: 'directory', path: '/srv/photos' },
      destination: { location: { bucket: 'b', region: 'us-east-1', forcePathStyle: false }, prefix: '' },
      retireDeleted: 'keep',
      exclude: [],
      chunkSizeBytes: 1024 ** 3,
      compare: 'mtime',
      watchIntervalMs: 2000,
      symlinks: 'skip',
    },
  ]);
});

test('every field finds its place, and secrets are known', async (t) => {
  const config = await load(
    t,
    { ...photos, Prefix: 'a', StorageClass: 'GLACIER', RetireDeleted: 'tag', Exclude: ['(?i)\\.TMP$'] },
    { Name: 'dumps', Path: '/d', Bucket: 'b', Prefix: 'ab/', FilePattern: '*.gz', Rotate: 3, Workers: 2 },
    { Name: 'images', Roots: ['/i'], BucketPerFolder: 'i--{folder}', NoncurrentExpirationDays: 180 },
    { Name: 'm', SourceBucket: 's', SourcePrefix: 'x', Bucket: 'm', AccessKey: 'A', SecretKey: secret },
  );
  const [first, dumps, images, mirror] = config.sites;
  assert.deepEqual(
    [first?.destination.prefix, first?.retireDeleted, first?.storageClass],
    ['a/', 'tag', 'GLACIER'],
  );
  assert.ok(first?.exclude[0]?.test('x.tmp'));
  assert.deepEqual([dumps?.rotate, dumps?.retireDeleted, dumps?.filePattern], [3, 'delete', '*.gz']);
  assert.deepEqual(images?.source, { kind: 'folders', folders: [], roots: ['/i'] });
  assert.equal(images?.destination.bucketPerFolder, 'i--{folder}');
  assert.ok(mirror?.source.kind === 'bucket' && mirror.source.location.credentials?.accessKeyId === 'A');
  assert.deepEqual(secretsOf(config), [secret]);
});

test('sites that overlap in a bucket are refused (trap 8)', async (t) => {
  const other = { ...photos, Name: 'other', Path: '/o' };
  const overlapping = /Sites\[1\]: expected a part of bucket b of its own; .*Sites\[0\]/;
  assert.match(await problems(t, photos, other), overlapping);
  assert.match(await problems(t, photos, { ...other, Prefix: 'a' }), overlapping);
  assert.match(await problems(t, { ...photos, Prefix: 'a/' }, { ...other, Prefix: 'a/b' }), overlapping);
  await load(t, { ...photos, Prefix: 'a' }, { ...other, Prefix: 'ab' });
  await load(t, photos, { ...other, Endpoint: 'http://elsewhere' });
  await load(t, { ...photos, FilePattern: 'x-*' }, { ...other, FilePattern: 'y-*' });
  assert.match(
    await problems(t, { ...photos, FilePattern: 'x*' }, { ...other, FilePattern: 'x-*' }),
    overlapping,
  );
  const nested = { Name: 'n', Folders: ['/a', '/a/b'], Bucket: 'c' };
  assert.match(await problems(t, nested), /another of its folders/);
  await load(t, { ...nested, Folders: ['/a', '/ab'] });
});

test('a bucket for each folder may be the bucket of another site', async (t) => {
  const images = { Name: 'i', Roots: ['/i'], BucketPerFolder: 'img-{folder}-x' };
  const refused = /Sites\[1\]: expected a part of .*Sites\[0\]/;
  assert.match(await problems(t, images, { ...photos, Bucket: 'img-2026-x' }), refused);
  assert.match(await problems(t, { ...photos, Bucket: 'img-2026-x' }, images), refused);
  await load(t, images, { ...photos, Bucket: 'img-x' });
  await load(t, images, { ...photos, Bucket: 'img-a.b-x' });
  await load(t, images, { ...photos, Bucket: 'img-2026-x', Prefix: 'photos' });
  const same = { ...images, Name: 'j', BucketPerFolder: 'img-a-{folder}' };
  assert.match(await problems(t, images, same), refused);
  await load(t, images, { ...same, Roots: ['/j'] });
  await load(t, images, { ...same, BucketPerFolder: 'other-{folder}' });
});

test('fields that do not fit together are told, each by its name', async (t) => {
  const wrong: [object, RegExp][] = [
    [{ Path: undefined }, /Sites\[0\]\.Path is missing: expected one source/],
    [{ SourceBucket: 's' }, /Sites\[0\]: expected one source.*found 2/],
    [{ Bucket: undefined }, /Sites\[0\]\.Bucket is missing/],
    [{ Bucket: undefined, BucketPerFolder: '{folder}' }, /BucketPerFolder: expected Folders or Roots/],
    [{ Rotate: 0 }, /Rotate: expected how many files to keep, 1 or more; found 0/],
    [{ Rotate: 2, RetireDeleted: false }, /RetireDeleted: expected true or "tag" beside Rotate/],
    [{ Exclude: ['('] }, /Exclude\[0\]: expected a regular expression/],
    [{ FilePattern: '' }, /FilePattern: expected a glob/],
    [{ ChunkSizeBytes: 1 }, /ChunkSizeBytes: expected a number of bytes, 5242880/],
    [{ AccessKey: 'A' }, /SecretKey is missing/],
    [{ SourcePrefix: 'x' }, /SourcePrefix: expected only beside SourceBucket/],
    [{ RetireDeletd: true }, /RetireDeletd: unknown field; did you mean RetireDeleted\?/],
    [{ Path: undefined, SourceBucket: 'b' }, /expected a source outside of what the site writes/],
    [
      { Path: undefined, SourceBucket: 'b', Endpoint: 'http://s', SourceEndpoint: 'http://s/' },
      /expected a source outside of what the site writes/,
    ],
    [{ Symlinks: 'x' }, /Symlinks: expected the word "skip", "follow" or "store"/],
  ];
  for (const [fields, expected] of wrong) assert.match(await problems(t, { ...photos, ...fields }), expected);
  assert.match(await problems(t, photos, { ...photos, Bucket: 'c' }), /Sites\[1\]\.Name: expected a name of/);
});
