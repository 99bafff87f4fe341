/**
 * Writes an object out of a file of any size in constant memory: parts are sent as they are read, not collected before. The MD5 of
 * each is known from an earlier reading and sent with it, so the server stores what was read then, or nothing.
 */
import { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import { withoutQuotes } from '../etag.ts';
import { placementInput } from './attributes.ts';
import { patient } from './call-options.ts';
import { S3Failure, mapS3Errors } from './errors.ts';
import type { S3Context } from './errors.ts';
import { FileShortened, filePiece } from './file-stream.ts';
import type { ReadableFile } from './file-stream.ts';
import { uploadInParts } from './multipart-upload.ts';
import type { Upload, UploadOptions } from './multipart-upload.ts';
import { retryStrategyOf } from './retry.ts';
import { silenced } from './silence.ts';

export interface FilePut {
  destination: { bucket: string; key: string };
  file: ReadableFile;
  sizeBytes: number;
  /** Hex MD5 of each part, or of the whole where there is one. */
  md5s: readonly string[];
  /** Undefined: in one request. */
  partSizeBytes: number | undefined;
  storageClass?: string | undefined;
  contentType?: string | undefined;
}

export interface FilePutOptions extends UploadOptions {
  clock: Clock;
  /** Right before the parts become an object. @throws what keeps them from it */
  beforeCompletion?: (() => Promise<void>) | undefined;
}

const partConcurrency = 4;

/**
 * @throws BackupError as every request; FileShortened; S3_FAILED with cause `BadDigest` where the file is not what it was when its MD5s
 * were taken. What fails leaves no unfinished upload, unless the server cannot be reached any more.
 */
export async function putFile(
  client: S3Client,
  put: FilePut,
  options: FilePutOptions,
): Promise<{ etag: string }> {
  const { destination, partSizeBytes } = put;
  if (partSizeBytes !== undefined) return putInParts(client, put, partSizeBytes, options);
  const context = { client, ...destination, operation: 'PutObject' };
  const { ETag = '' } = await sendPiece(
    context,
    put.file,
    { at: 0, sizeBytes: put.sizeBytes },
    options,
    (body) =>
      client.send(
        silenced(
          new PutObjectCommand({
            ...objectInput(put),
            Body: body.stream,
            ContentLength: put.sizeBytes,
            ContentMD5: base64(put.md5s[0]),
          }),
        ),
        patient(body),
      ),
  );
  return { etag: withoutQuotes(ETag) };
}

function objectInput({ destination, storageClass, contentType }: FilePut) {
  return {
    Bucket: destination.bucket,
    Key: destination.key,
    ...placementInput({ storageClass }),
    ...(contentType !== undefined && { ContentType: contentType }),
  };
}

async function putInParts(
  client: S3Client,
  put: FilePut,
  partSizeBytes: number,
  options: FilePutOptions,
): Promise<{ etag: string }> {
  const { destination, storageClass, contentType } = put;
  const content = { headers: contentType === undefined ? {} : { 'content-type': contentType }, metadata: {} };
  const object = { destination, content, tags: {}, placement: { storageClass } };
  return uploadInParts(client, object, options, async (upload) => {
    const parts = await putParts(client, put, upload, partSizeBytes, options);
    await options.beforeCompletion?.();
    return parts;
  });
}

async function putParts(
  client: S3Client,
  put: FilePut,
  upload: Upload,
  partSizeBytes: number,
  options: FilePutOptions,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  await forEachConcurrently(put.md5s.entries(), partConcurrency, async ([index, md5]) => {
    options.signal?.throwIfAborted();
    const at = index * partSizeBytes;
    const sizeBytes = Math.min(partSizeBytes, put.sizeBytes - at);
    const context = { client, ...put.destination, operation: `UploadPart ${index + 1}` };
    const { ETag } = await sendPiece(context, put.file, { at, sizeBytes }, options, (body) =>
      client.send(
        silenced(
          new UploadPartCommand({
            ...upload,
            PartNumber: index + 1,
            Body: body.stream,
            ContentLength: sizeBytes,
            ContentMD5: base64(md5),
          }),
        ),
        patient(body),
      ),
    );
    parts[index] = { PartNumber: index + 1, ETag };
  });
  return parts;
}

interface Body {
  stream: Readable;
  /** Aborted too where the file cannot be read to the end: the server would wait for what never comes. */
  signal: AbortSignal;
}

/** The SDK does not try a stream again, as it cannot read it again; this can. */
async function sendPiece<T>(
  context: S3Context & { client: S3Client },
  file: ReadableFile,
  { at, sizeBytes }: { at: number; sizeBytes: number },
  { clock, signal }: FilePutOptions,
  send: (body: Body) => Promise<T>,
): Promise<T> {
  const strategy = await retryStrategyOf(context.client);
  let token = await strategy.acquireInitialRetryToken('');
  for (;;) {
    const unreadable = new AbortController();
    const stream = filePiece(file, at, sizeBytes).on('error', (error) => unreadable.abort(error));
    const either = signal === undefined ? unreadable.signal : AbortSignal.any([signal, unreadable.signal]);
    try {
      return await mapS3Errors(context, either, () => send({ stream, signal: either }));
    } catch (error) {
      if (signal?.aborted || !isTransient(error)) throw error;
      try {
        token = await strategy.refreshRetryTokenForRetry(token, { errorType: retryType(error) });
      } catch {
        throw error;
      }
      await clock.sleep(token.getRetryDelay(), signal);
    } finally {
      stream.destroy();
    }
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof FileShortened || !(error instanceof BackupError)) return false;
  if (error.code === 'S3_UNREACHABLE') return true;
  const failure = error.cause instanceof S3Failure ? error.cause : undefined;
  const status = failure?.statusCode ?? 0;
  return status >= 500 || status === 429 || failure?.name === 'RequestTimeout';
}

function retryType(error: unknown): 'THROTTLING' | 'TRANSIENT' {
  const failure = error instanceof BackupError ? error.cause : undefined;
  const status = failure instanceof S3Failure ? failure.statusCode : undefined;
  return status === 503 || status === 429 ? 'THROTTLING' : 'TRANSIENT';
}

function base64(md5: string | undefined): string {
  return Buffer.from(md5 ?? '', 'hex').toString('base64');
}
