/** The server that a conformance check runs against, and the few requests that most checks need. */
import assert from 'node:assert/strict';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  ListObjectVersionsCommandInput,
  PutObjectCommandInput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import type { DifferenceName, ServerName } from './known-differences.ts';
import { listRawVersions } from './raw-listing.ts';
import type { RawPage, RawVersion } from './raw-listing.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import type { TestBucketOptions } from '../support/test-bucket.ts';

export class ServerUnderTest {
  readonly name: ServerName;
  readonly client: S3Client;

  constructor(name: ServerName, client: S3Client) {
    this.name = name;
    this.client = client;
  }

  /** Whether this server is listed for the difference. */
  differs(name: DifferenceName): boolean {
    const servers: readonly ServerName[] = KNOWN_DIFFERENCES[name].servers;
    return servers.includes(this.name);
  }

  createBucket(options: TestBucketOptions = {}): Promise<string> {
    return createTestBucket(this.client, { prefix: 'conformance', ...options });
  }

  /** Returns the version id, or `null` where the server gives none. */
  async put(
    bucket: string,
    key: string,
    body = '',
    more: Partial<PutObjectCommandInput> = {},
  ): Promise<string> {
    const answer = await this.client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body), ...more }),
    );
    return answer.VersionId ?? 'null';
  }

  /** Returns the version id of the delete marker. */
  async delete(bucket: string, key: string, versionId?: string): Promise<string> {
    const answer = await this.client.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
    );
    return answer.VersionId ?? 'null';
  }

  async read(bucket: string, key: string, versionId?: string): Promise<string> {
    const answer = await this.client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
    );
    assert.ok(answer.Body);
    return answer.Body.transformToString('utf8');
  }

  listPage(bucket: string, input: Partial<ListObjectVersionsCommandInput> = {}): Promise<RawPage> {
    const command = new ListObjectVersionsCommand({ Bucket: bucket, ...input });
    return listRawVersions(this.client, command, this.differs('markersAreNotEncoded'));
  }

  /** Follows the markers to the end. */
  async listAll(
    bucket: string,
    input: Partial<ListObjectVersionsCommandInput> = {},
  ): Promise<{ versions: RawVersion[]; commonPrefixes: string[]; pages: RawPage[] }> {
    const pages: RawPage[] = [];
    let markers: Partial<ListObjectVersionsCommandInput> = {};
    do {
      const page = await this.listPage(bucket, { ...input, ...markers });
      pages.push(page);
      assert.ok(pages.length < 10_000, 'the listing does not end');
      markers = { KeyMarker: page.nextKeyMarker, VersionIdMarker: page.nextVersionIdMarker };
    } while (pages.at(-1)?.isTruncated);
    return {
      versions: pages.flatMap((page) => page.versions),
      commonPrefixes: pages.flatMap((page) => page.commonPrefixes),
      pages,
    };
  }
}

/** The code and status of the error that the request must fail with. */
export async function failure(request: Promise<unknown>): Promise<{ code: string; status: number }> {
  const error = await request.then(
    () => assert.fail('the request should have failed'),
    (reason: unknown) => reason as S3ServiceException,
  );
  if (error instanceof assert.AssertionError) throw error;
  return { code: error.name, status: error.$metadata?.httpStatusCode ?? 0 };
}
