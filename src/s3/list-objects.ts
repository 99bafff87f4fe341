/** Lists the current objects of a part of a bucket, page by page, as list-versions.ts lists versions: quickly, and trusting no page. */
import type { Readable } from 'node:stream';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { compareKeys } from '../key-order.ts';
import { lookAtAnswers } from './answer.ts';
import type { RawAnswer } from './answer.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors } from './errors.ts';
import { scanObjectPage } from './list-objects-xml.ts';
import type { ScannedObjects } from './list-objects-xml.ts';
import { invalidListing, isErrorDocument, trust } from './list-versions.ts';
import { PageBytes } from './page-bytes.ts';
import { PageError } from './page-check.ts';
import type { QuickLister } from './quick-list.ts';
import type { ListedObject } from './types.ts';

export interface ObjectListing {
  bucket: string;
  prefix: string;
  /** Exclusive lower bound; left out: from the start. */
  after?: string | undefined;
  pageSize?: number | undefined;
}

const defaultPageSize = 1000;

/**
 * Yields the pages in order, the next one being asked for while one is worked on. Throws LISTING_INVALID where a page cannot be
 * trusted after all retries, and what every request may throw.
 */
export async function* listObjectPages(
  client: S3Client,
  listing: ObjectListing,
  options: CallOptions,
  quick: QuickLister,
): AsyncGenerator<readonly ListedObject[], void, undefined> {
  const bytes = PageBytes.forItems(listing.pageSize ?? defaultPageSize);
  const pageAfter = async (after: string | undefined): Promise<ScannedObjects> => {
    options.signal?.throwIfAborted();
    const asked = { ...listing, after };
    return (await quickPage(quick, asked, bytes, options)) ?? requestPage(client, asked, bytes, options);
  };
  let coming: Promise<ScannedObjects> | undefined = pageAfter(listing.after);
  try {
    while (coming !== undefined) {
      const { objects, isTruncated }: ScannedObjects = await coming;
      coming = isTruncated ? pageAfter(objects.at(-1)?.key) : undefined;
      // What it throws is thrown when it is waited for.
      coming?.catch(() => undefined);
      if (objects.length > 0) yield objects;
    }
  } finally {
    await coming?.catch(() => undefined);
  }
}

/** Undefined where the SDK has to ask. */
function quickPage(
  quick: QuickLister,
  listing: ObjectListing,
  bytes: PageBytes,
  options: CallOptions,
): Promise<ScannedObjects | undefined> {
  const { prefix, after, pageSize = defaultPageSize } = listing;
  const parameters = {
    'encoding-type': 'url',
    'max-keys': String(pageSize),
    ...(prefix === '' ? {} : { prefix }),
    ...(after === undefined ? {} : { 'start-after': after }),
  };
  return quick.page(parameters, bytes, options, () => readPage(bytes.filled, listing));
}

async function requestPage(
  client: S3Client,
  listing: ObjectListing,
  bytes: PageBytes,
  options: CallOptions,
): Promise<ScannedObjects> {
  const { bucket, prefix, after, pageSize = defaultPageSize } = listing;
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    EncodingType: 'url',
    MaxKeys: pageSize,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(after === undefined ? {} : { StartAfter: after }),
  });
  let page: ScannedObjects | undefined;
  lookAtAnswers(command, async (answer: RawAnswer) => {
    if (answer.statusCode < 200 || answer.statusCode > 299) return;
    await bytes.collect(answer.body as Readable);
    const body = bytes.filled;
    answer.body = isErrorDocument(body) ? Buffer.from(body) : new Uint8Array();
    if (!isErrorDocument(body)) page = readPage(body, listing);
  });
  await mapS3Errors({ client, bucket, operation: 'ListObjectsV2' }, options.signal, async () => {
    try {
      await client.send(command, abortable(options));
    } catch (error) {
      const position = after === undefined ? {} : { keyMarker: after };
      throw error instanceof PageError ? invalidListing(client, listing, position, error) : error;
    }
  });
  if (page === undefined) throw new Error('ListObjectsV2 succeeded without an answer that was read.');
  return page;
}

/** Whatever the server takes the bounds for, nothing at or before `after` comes out (trap 24). @throws PageError */
function readPage(
  body: Buffer,
  { prefix, after, pageSize = defaultPageSize }: ObjectListing,
): ScannedObjects {
  const { objects, isTruncated } = trust(() => scanObjectPage(body));
  if (objects.length > pageSize) throw new PageError('it holds more objects than were asked for');
  let last: string | undefined;
  for (const { key } of objects) {
    if (!key.startsWith(prefix)) throw new PageError(`${JSON.stringify(key)} is outside of the prefix`);
    if (last !== undefined && compareKeys(last, key) >= 0)
      throw new PageError(`${JSON.stringify(key)} comes after ${JSON.stringify(last)}`);
    last = key;
  }
  const first = after === undefined ? 0 : objects.findIndex(({ key }) => compareKeys(key, after) > 0);
  const fresh = first < 0 ? [] : objects.slice(first);
  if (isTruncated && fresh.length === 0) throw new PageError('it is truncated and does not lead forward');
  return { objects: fresh, isTruncated };
}
