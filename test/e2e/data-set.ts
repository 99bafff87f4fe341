/** The bucket of the end-to-end tests: nested and flat keys, unicode and control characters, versions, delete markers. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../../src/concurrency.ts';
import type { Random } from '../support/random.ts';

const requestsInFlight = 32;

const oddNames = [
  'space and + plus',
  'a//b',
  'trailing/',
  '/leading',
  'a/../b',
  '.',
  'tab\tand\nnewline',
  'return\r',
  'line\u2028separator',
  'bell\u0007',
  'quote"and\'and<&>',
  'per%25cent%',
  'Füße/Größe',
  '日本語/キー',
  '\u{1F600}/astral',
  '\uFFFD/below-astral',
  'e\u0301-decomposed',
  '\u00e9-composed',
  'comma,separated,key',
  'x'.repeat(1000),
];

export function keysOf(count: number): string[] {
  const keys = [...oddNames];
  for (let i = 0; keys.length < count; i++) {
    keys.push(`flat-${String(i).padStart(7, '0')}`);
    keys.push(`tree/${2020 + (i % 7)}/${String(1 + (i % 12)).padStart(2, '0')}/${i % 97}/${i}.jpg`);
    if (i % 5 === 0) keys.push(`tree/${i}/\u{1F4C4} ${i}`);
  }
  return keys.slice(0, count);
}

/** Writes all keys; some twice, some deleted after. */
export async function fill(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  await forEachConcurrently(keys.entries(), requestsInFlight, async ([i, key]) => {
    if (i % 10 === 3) await put(client, bucket, key, `older ${i}`);
    await put(client, bucket, key, `first content of ${i}`, i);
    if (i % 30 === 7) await remove(client, bucket, key);
  });
}

export interface Damage {
  touched: string[];
}

/** Overwrites, deletes, rewrites of metadata alone, new keys, and keys that come back. */
export async function damage(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  random: Random,
  count: number,
): Promise<Damage> {
  const touched = new Set<string>(oddNames);
  while (touched.size < count) touched.add(random.pick(keys));
  await forEachConcurrently(touched, requestsInFlight, async (key) => {
    const kind = random.below(4);
    if (kind === 0) await put(client, bucket, key, 'overwritten', 1);
    else if (kind === 1) await remove(client, bucket, key);
    else if (kind === 2) await rewriteMetadata(client, bucket, key);
    else await put(client, bucket, `${key} new`.slice(-1000), 'added');
  });
  return { touched: [...touched] };
}

async function put(client: S3Client, bucket: string, key: string, body: string, i?: number): Promise<void> {
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ...(i !== undefined && {
        ContentType: i % 2 === 0 ? 'text/plain' : 'image/jpeg',
        Metadata: { number: String(i) },
        ...(i % 3 === 0 && { CacheControl: 'max-age=60', Tagging: `n=${i}&kind=a%20b` }),
      }),
    }),
  );
}

async function remove(client: S3Client, bucket: string, key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** Same bytes, same etag, other metadata: what a comparison of etags misses (trap 14). */
async function rewriteMetadata(client: S3Client, bucket: string, key: string): Promise<void> {
  const source = `${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const request = { Bucket: bucket, Key: key, CopySource: source, MetadataDirective: 'REPLACE' as const };
  await client
    .send(new CopyObjectCommand({ ...request, Metadata: { rewritten: 'yes' } }))
    .catch((error: unknown) => {
      // The key was deleted when the data were laid out.
      if (!(error instanceof Error && error.name === 'NoSuchKey')) throw error;
    });
}

export interface ObjectState {
  body: string;
  contentType: string | undefined;
  cacheControl: string | undefined;
  metadata: Record<string, string>;
  tags: Record<string, string>;
}

/** Everything that a restore has to bring back of a version. */
export async function stateOf(
  client: S3Client,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<ObjectState> {
  const which = { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  const [object, tagging] = await Promise.all([
    client.send(new GetObjectCommand(which)),
    client.send(new GetObjectTaggingCommand(which)),
  ]);
  return {
    body: (await object.Body?.transformToString()) ?? '',
    contentType: object.ContentType,
    cacheControl: object.CacheControl,
    metadata: object.Metadata ?? {},
    tags: Object.fromEntries((tagging.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  };
}
