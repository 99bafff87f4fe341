/**
 * Lists the versions of a part of a bucket, page by page, at a tenth of what the SDK's own path costs: most pages are asked for by
 * quick-list.ts, and of the others the body is taken before the SDK reads it. Credentials, signing, endpoints, redirects and retries stay the SDK's. A page that cannot be trusted is thrown to the
 * SDK as if the network had failed, so it is asked for again; what still fails after the retries is an error, never a shorter listing.
 */
import type { Readable } from 'node:stream';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import { lookAtAnswers } from './answer.ts';
import type { RawAnswer } from './answer.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { endpointName } from './endpoint-name.ts';
import { S3Failure, mapS3Errors } from './errors.ts';
import { scanVersionPage } from './list-versions-xml.ts';
import { PageBytes } from './page-bytes.ts';
import { PageError, checkPage, firstPosition } from './page-check.ts';
import type { CheckedPage, Position } from './page-check.ts';
import type { QuickLister } from './quick-list.ts';
import type { VersionListing, VersionPage } from './types.ts';
import { VersionTable, type VersionRows } from './version-table.ts';
import { XmlError } from './xml-error.ts';

export interface ListVersionsOptions extends CallOptions {
  /** Called before each request that is sent, the SDK's retries included. */
  onRequest?: (() => void) | undefined;
  /** Called with the status of each answer: 503 and 429 ask for less. Not called where there was none. */
  onAnswer?: ((statusCode: number) => void) | undefined;
}

export const defaultPageSize = 1000;

/** As `listVersionRows`, with the versions as objects that outlive their page. */
export async function* listVersionPages(
  client: S3Client,
  listing: VersionListing,
  options: ListVersionsOptions = {},
  quick?: QuickLister,
): AsyncGenerator<VersionPage, void, undefined> {
  for await (const { table, from, to, ...end } of listVersionRows(client, listing, options, quick))
    yield { versions: table.versions(from, to), ...end };
}

/**
 * Yields the pages of a listing in order, each valid until the next one is asked for. Throws LISTING_INVALID where a page cannot be
 * trusted after all retries, and what every request may throw.
 */
export async function* listVersionRows(
  client: S3Client,
  listing: VersionListing,
  options: ListVersionsOptions = {},
  quick?: QuickLister,
): AsyncGenerator<VersionRows, void, undefined> {
  const table = new VersionTable(PageBytes.forItems(listing.pageSize ?? defaultPageSize));
  for (let position: Position | undefined = firstPosition(listing); position !== undefined;) {
    options.signal?.throwIfAborted();
    const checked: CheckedPage =
      (await quickPage(quick, listing, position, table, options)) ??
      (await requestPage(client, listing, position, table, options));
    yield checked.page;
    position = checked.next;
  }
}

/** Undefined where the SDK has to ask. */
async function quickPage(
  quick: QuickLister | undefined,
  listing: VersionListing,
  position: Position,
  table: VersionTable,
  options: ListVersionsOptions,
): Promise<CheckedPage | undefined> {
  const pageSize = listing.pageSize ?? defaultPageSize;
  const parameters = {
    'encoding-type': 'url',
    'max-keys': String(pageSize),
    ...(listing.prefix ? { prefix: listing.prefix } : {}),
    ...(position.keyMarker === undefined ? {} : { 'key-marker': position.keyMarker }),
    ...(position.versionIdMarker === undefined ? {} : { 'version-id-marker': position.versionIdMarker }),
  };
  const take = (): CheckedPage =>
    trust(() => checkPage(table, scanVersionPage(table), { ...listing, pageSize }, position));
  return quick?.page(parameters, table.page, options, take);
}

async function requestPage(
  client: S3Client,
  listing: VersionListing,
  position: Position,
  table: VersionTable,
  options: ListVersionsOptions,
): Promise<CheckedPage> {
  const pageSize = listing.pageSize ?? defaultPageSize;
  const command = new ListObjectVersionsCommand({
    Bucket: listing.bucket,
    EncodingType: 'url',
    MaxKeys: pageSize,
    ...(listing.prefix ? { Prefix: listing.prefix } : {}),
    ...(position.keyMarker === undefined ? {} : { KeyMarker: position.keyMarker }),
    ...(position.versionIdMarker === undefined ? {} : { VersionIdMarker: position.versionIdMarker }),
  });
  let checked: CheckedPage | undefined;
  const takePage = async (answer: RawAnswer): Promise<void> => {
    options.onAnswer?.(answer.statusCode);
    if (answer.statusCode < 200 || answer.statusCode > 299) return;
    await table.page.collect(answer.body as Readable);
    const body = table.page.filled;
    answer.body = isErrorDocument(body) ? Buffer.from(body) : new Uint8Array();
    if (!isErrorDocument(body))
      checked = trust(() => checkPage(table, scanVersionPage(table), { ...listing, pageSize }, position));
  };
  lookAtAnswers(command, takePage, options.onRequest);
  const context = { client, bucket: listing.bucket, operation: 'ListObjectVersions' };
  await mapS3Errors(context, options.signal, async () => {
    try {
      await client.send(command, abortable(options));
    } catch (error) {
      throw error instanceof PageError ? invalidListing(client, listing, position, error) : error;
    }
  });
  if (checked === undefined) throw new Error('ListObjectVersions succeeded without an answer that was read.');
  return checked;
}

/** Document and page errors alike are worth another try. */
export function trust<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof XmlError ? new PageError(error.message) : error;
  }
}

/** An error in an answer that says 200 (trap 17): the SDK sees it by its end, and treats it as one. */
export function isErrorDocument(body: Buffer): boolean {
  return body.subarray(-16).toString('latin1').trimEnd().endsWith('</Error>');
}

export function invalidListing(
  client: S3Client,
  listing: { bucket: string },
  position: Position,
  error: PageError,
): BackupError {
  const after =
    position.keyMarker === undefined ? 'from the start' : `after key ${JSON.stringify(position.keyMarker)}`;
  const version = position.versionIdMarker === undefined ? '' : ` version ${position.versionIdMarker}`;
  return new BackupError(
    'LISTING_INVALID',
    `The listing of bucket ${listing.bucket} at ${endpointName(client)}, page ${after}${version}, cannot be trusted: ${error.message}`,
    {
      hint: 'Nothing was recorded. Run the command again; if it stays, check proxies between here and the store, and report the message with name and version of the store.',
      cause: new S3Failure(error.name, error.message),
    },
  );
}
