/**
 * The content of one object version as a stream that outlives its connection: what breaks off is taken up at the byte where it
 * broke off, on the condition that it is still the same version.
 */
import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import type { BackupError } from '../errors.ts';
import { patient } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors, toBackupError } from './errors.ts';
import { withoutQuotes } from '../etag.ts';
import { objectInput, toHeadResult } from './head.ts';
import type { HeadResult } from './head.ts';
import type { ObjectRef } from './types.ts';

export interface ReadOptions extends CallOptions {
  /** Of the whole object. Less than this is no content, whatever a proxy on the way makes of `Content-Length`. */
  sizeBytes?: number;
  /** Inclusive; left out: all of it. */
  range?: { first: number; last: number };
  /** Without quotes. Fails with PreconditionFailed where the object is another by now. */
  ifMatchEtag?: string;
}

export interface VersionContent {
  head: HeadResult;
  /** Whole, or it throws a BackupError: never a shorter content. */
  chunks: AsyncIterable<Uint8Array>;
}

/** Without a byte in between. */
const maxBreaks = 5;
const firstDelayMs = 200;

/** @throws BackupError as every request, before the first chunk and in between */
export async function readVersion(
  client: S3Client,
  object: ObjectRef,
  clock: Clock,
  options: ReadOptions = {},
): Promise<VersionContent> {
  const answer = await request(client, object, options);
  const head = toHeadResult(answer);
  return { head, chunks: chunksOf(client, object, clock, answer, options) };
}

async function* chunksOf(
  client: S3Client,
  object: ObjectRef,
  clock: Clock,
  first: GetObjectCommandOutput,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const context = { client, ...object, operation: 'GetObject' };
  const begin = options.range?.first ?? 0;
  const { range: asked } = options;
  const sizeBytes =
    asked === undefined ? (options.sizeBytes ?? first.ContentLength ?? 0) : asked.last - asked.first + 1;
  const ifMatchEtag = options.ifMatchEtag ?? withoutQuotes(first.ETag ?? '');
  let got = 0;
  let breaks = 0;
  for (let answer = first; ;) {
    let failure: unknown;
    try {
      for await (const chunk of answer.Body as Readable as AsyncIterable<Buffer>) {
        got += chunk.length;
        breaks = 0;
        yield chunk;
      }
      if (got === sizeBytes) return;
      failure = new Error(`The body ended after ${got} of ${sizeBytes} bytes`);
    } catch (error) {
      failure = error;
    }
    if (options.signal?.aborted) throw options.signal.reason;
    breaks += 1;
    if (breaks > maxBreaks || got >= sizeBytes) throw broken(failure, context);
    await clock.sleep(firstDelayMs * 2 ** (breaks - 1), options.signal);
    const range = { first: begin + got, last: begin + sizeBytes - 1 };
    answer = await request(client, object, { ...options, ifMatchEtag, range });
  }
}

function request(client: S3Client, object: ObjectRef, options: ReadOptions): Promise<GetObjectCommandOutput> {
  const { range, ifMatchEtag, signal } = options;
  const command = new GetObjectCommand({
    ...objectInput(object),
    // The SDK then holds the content against the checksum that came with it, where there is one of the whole.
    ...(range === undefined ? { ChecksumMode: 'ENABLED' } : { Range: `bytes=${range.first}-${range.last}` }),
    ...(ifMatchEtag === undefined ? {} : { IfMatch: `"${ifMatchEtag}"` }),
  });
  return mapS3Errors({ client, ...object, operation: 'GetObject' }, signal, () =>
    client.send(command, patient(options)),
  );
}

function broken(failure: unknown, context: Parameters<typeof toBackupError>[1]): BackupError {
  return toBackupError(failure, context);
}
