import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { listAll } from '../support/bucket-oracle.ts';

const run = promisify(execFile);
const awsPath = '/usr/bin/aws';

export interface SyncServer {
  client: S3Client;
  endpoint: string;
  /** That are given to files; radosgw knows no others. */
  storageClass: string;
}

/** The current keys of a bucket. */
export async function keysIn(client: S3Client, Bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

/** How many versions, delete markers included, a key has. */
export async function versionsOf(client: S3Client, bucket: string, key: string): Promise<number> {
  return (await listAll(client, bucket)).get(key)?.length ?? 0;
}

export async function etagIn(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { ETag = '' } = await client.send(new HeadObjectCommand({ Bucket, Key }));
  return ETag.replaceAll('"', '');
}

/** Uploads a file as aws-cli does, and returns the etag that comes of it; undefined where there is no aws-cli. */
export async function etagByAwsCli(
  { client, endpoint }: SyncServer,
  path: string,
  bucket: string,
  chunkSizeBytes: number,
): Promise<string | undefined> {
  if (!existsSync(awsPath)) return undefined;
  const configPath = `${path}.aws-config`;
  writeFileSync(
    configPath,
    `[default]\nregion = us-east-1\ns3 =\n  multipart_threshold = ${chunkSizeBytes}\n  multipart_chunksize = ${chunkSizeBytes}\n  addressing_style = path\n`,
  );
  const env = {
    PATH: '/usr/bin:/bin',
    AWS_CONFIG_FILE: configPath,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'testsecret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const args = ['--endpoint-url', endpoint, 's3', 'cp', '--quiet', path, `s3://${bucket}/by-aws-cli`];
  await run(awsPath, args, { env, timeout: 120_000 });
  return etagIn(client, bucket, 'by-aws-cli');
}
