/** What the commands ask of the buckets is what the policies of docs/examples/aws.md allow, and nothing more is asked. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LoggedRequest } from '../../src/s3-embedded/request-log.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

/** By the service authorization reference of Amazon S3; of a request with a version id the action of versions. */
const actions: Record<string, [withoutVersion: string, ofVersion?: string]> = {
  ListObjectVersions: ['ListBucketVersions'],
  ListObjectsV2: ['ListBucket'],
  HeadBucket: ['ListBucket'],
  GetBucketVersioning: ['GetBucketVersioning'],
  GetBucketLifecycleConfiguration: ['GetLifecycleConfiguration'],
  GetBucketReplication: ['GetReplicationConfiguration'],
  HeadObject: ['GetObject', 'GetObjectVersion'],
  GetObject: ['GetObject', 'GetObjectVersion'],
  GetObjectTagging: ['GetObjectTagging', 'GetObjectVersionTagging'],
  PutObject: ['PutObject'],
  CopyObject: ['PutObject'],
  DeleteObject: ['DeleteObject', 'DeleteObjectVersion'],
  // Always with version ids here.
  DeleteObjects: ['DeleteObjectVersion'],
};

let embedded: EmbeddedForTest;
before(async () => {
  embedded = await startEmbedded();
});
after(() => embedded.stop());

/** `action bucket`, as policies have it. */
function asked({ operation, bucket, query, headers }: LoggedRequest): string[] {
  const [plain, ofVersion] = actions[operation] ?? [`unknown:${operation}`];
  const asked = [`s3:${(query['versionId'] === undefined ? undefined : ofVersion) ?? plain} ${bucket}`];
  const source = headers['x-amz-copy-source'];
  if (source === undefined) return asked;
  const from = decodeURIComponent(source).replace(/^\//, '').split('/')[0] ?? '';
  return [
    ...asked,
    `s3:GetObjectVersion ${from}`,
    `s3:GetObjectVersionTagging ${from}`,
    `s3:PutObjectTagging ${bucket}`,
  ];
}

function policiesOf(page: string): { Statement: Statement[] }[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, json = '']) => JSON.parse(json) as object,
  );
  return blocks.filter((block): block is { Statement: Statement[] } => 'Statement' in block);
}

/** Of the statements with these names. */
function allowed(page: string, sids: string[]): Set<string> {
  const statements = policiesOf(page).flatMap(({ Statement }) => Statement);
  const chosen = statements.filter(({ Sid }) => Sid !== undefined && sids.includes(Sid));
  assert.deepEqual(chosen.map(({ Sid }) => Sid).sort(), sids.toSorted());
  return new Set(
    chosen.flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((resource) => `${action} ${bucketOf(resource)}`)),
    ),
  );
}

function bucketOf(resource: string): string {
  return resource.replace('arn:aws:s3:::', '').replace(/\/\*$/, '');
}

test('the policies of docs/examples/aws.md suffice', async (t) => {
  const { buckets, requests } = embedded.server;
  for (const bucket of ['my-master', 'my-slave']) buckets.create(bucket);
  const put = (bucket: string, key: string, version: number): void => {
    const lastModifiedMs = Date.now() - (20 - version) * 86_400_000;
    const tags = { colour: 'red' };
    buckets.putVersion(bucket, {
      key,
      body: `${key} ${version}`,
      versionId: `${key}-${version}`,
      lastModifiedMs,
      tags,
    });
  };
  for (const bucket of ['my-master', 'my-slave'])
    for (const key of ['copied', 'kept', 'undeleted', 'hidden']) put(bucket, key, 1);
  const site = new Site(tempDir(t), {
    endpoint: embedded.server.endpoint,
    master: 'my-master',
    slave: 'my-slave',
  });
  await site.json(['snapshot', '--at', '10d']);
  for (const bucket of ['my-master', 'my-slave']) put(bucket, 'kept', 15);
  put('my-slave', 'copied', 15);
  buckets.putVersion('my-master', { key: 'undeleted', isDeleteMarker: true });
  buckets.putVersion('my-master', { key: 'extra', body: 'x' });

  /** What the run asks for and the statements do not allow. */
  const lacking = async (args: string[], sids: string[]): Promise<string[]> => {
    requests.clear();
    await site.json(args);
    const allows = allowed('examples/aws.md', sids);
    return [...new Set(requests.entries.flatMap(asked))].filter((each) => !allows.has(each));
  };
  const regular = ['SlaveLists', 'Gc', 'DoctorAtMaster', 'DoctorAtSlave'];
  assert.deepEqual(await lacking(['snapshot'], ['SlaveLists']), []);
  assert.deepEqual(await lacking(['verify', 'latest'], ['SlaveLists']), []);
  assert.deepEqual(await lacking(['doctor'], ['SlaveLists', 'DoctorAtMaster', 'DoctorAtSlave']), []);
  const restores = [...regular, 'ReadSlave', 'Master', 'WriteMaster'];
  assert.deepEqual(await lacking(['restore', 'latest', '--delete-extra', '--verify'], restores), []);
  const [first] = await site.json<{ snapshot: string }[]>(['list-snapshots']);
  assert.deepEqual(await lacking(['restore', first?.snapshot ?? '', '--verify'], restores), []);
  site.configure({ RetentionPolicy: { KeepLast: 1 } });
  assert.deepEqual(await lacking(['gc', '--yes', '--orphans'], ['SlaveLists', 'Gc']), []);
});
