/**
 * Writes an object whose content comes through us, from another store. Small ones in one request, larger ones in parts. Every
 * request says the MD5 of what it sends, so that the server refuses what was changed on the way; and the whole is held against the
 * etag of its source where that is an MD5.
 */
import { createHash } from 'node:crypto';
import { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import { addExpires, contentInput, placementInput } from './attributes.ts';
import type { Placement } from './attributes.ts';
import type { ByteBudget } from './byte-budget.ts';
import { abortable } from './call-options.ts';
import type { CopyResult } from './copy.ts';
import { mapS3Errors } from './errors.ts';
import { isMd5 } from '../etag.ts';
import type { VersionContent } from './get.ts';
import { made, maxParts, uploadInParts } from './multipart-upload.ts';
import type { Upload, UploadOptions } from './multipart-upload.ts';

export interface StreamedPut {
  destination: { bucket: string; key: string };
  content: VersionContent;
  sizeBytes: number;
  tags: Record<string, string>;
  placement: Placement;
}

export interface StreamOptions extends UploadOptions {
  budget: ByteBudget;
  partSizeBytes?: number | undefined;
}

const defaultPartSizeBytes = 16 * 1024 ** 2;
const partConcurrency = 4;

/** @throws BackupError as every request; FAILED where what came is not what the source has stored */
export async function putStream(
  client: S3Client,
  put: StreamedPut,
  options: StreamOptions,
): Promise<CopyResult> {
  const wished = options.partSizeBytes ?? defaultPartSizeBytes;
  if (put.sizeBytes <= wished) return putWhole(client, put, options);
  const partSizeBytes = Math.max(wished, Math.ceil(put.sizeBytes / maxParts));
  return putInParts(client, put, partSizeBytes, options);
}

async function putWhole(client: S3Client, put: StreamedPut, options: StreamOptions): Promise<CopyResult> {
  const { destination, content, tags, placement, sizeBytes } = put;
  const release = await options.budget.take(sizeBytes);
  try {
    const body = Buffer.concat(await Array.fromAsync(content.chunks));
    const md5 = createHash('md5').update(body);
    checkWhole(put, body.length, md5.copy().digest('hex'));
    const command = new PutObjectCommand({
      Bucket: destination.bucket,
      Key: destination.key,
      Body: body,
      ContentLength: body.length,
      ContentMD5: md5.digest('base64'),
      ...contentInput(content.head, tags),
      ...placementInput(placement),
    });
    addExpires(command, content.head);
    const context = { client, ...destination, operation: 'PutObject' };
    const answer = await mapS3Errors(context, options.signal, () => client.send(command, abortable(options)));
    return made(client, destination, answer.ETag, answer.VersionId, options);
  } finally {
    release();
  }
}

async function putInParts(
  client: S3Client,
  put: StreamedPut,
  partSizeBytes: number,
  options: StreamOptions,
): Promise<CopyResult> {
  const { destination, content, tags, placement } = put;
  return uploadInParts(client, { destination, content: content.head, tags, placement }, options, (upload) =>
    putParts(client, put, upload, partSizeBytes, options),
  );
}

interface Part {
  number: number;
  body: Buffer;
  release: () => void;
}

async function putParts(
  client: S3Client,
  put: StreamedPut,
  upload: Upload,
  partSizeBytes: number,
  options: StreamOptions,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  const pieces = piecesOf(put, partSizeBytes, options.budget);
  await forEachConcurrently(pieces, partConcurrency, async ({ number, body, release }) => {
    try {
      const command = new UploadPartCommand({
        ...upload,
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ContentMD5: createHash('md5').update(body).digest('base64'),
      });
      const context = { client, ...put.destination, operation: `UploadPart ${number}` };
      const answer = await mapS3Errors(context, options.signal, () =>
        client.send(command, abortable(options)),
      );
      parts[number - 1] = { PartNumber: number, ETag: answer.ETag };
    } finally {
      release();
    }
  });
  return parts;
}

/** The content in parts, each as soon as there is room for it; the whole is checked at its end. */
async function* piecesOf(put: StreamedPut, partSizeBytes: number, budget: ByteBudget): AsyncGenerator<Part> {
  const md5 = createHash('md5');
  let sizeBytes = 0;
  let number = 1;
  let release = await budget.take(partSizeBytes);
  let piece: Uint8Array[] = [];
  let pieceBytes = 0;
  let isHandedOver = false;
  try {
    for await (const chunk of put.content.chunks) {
      md5.update(chunk);
      sizeBytes += chunk.length;
      for (let at = 0; at < chunk.length;) {
        const taken = chunk.subarray(at, at + partSizeBytes - pieceBytes);
        at += taken.length;
        piece.push(taken);
        pieceBytes += taken.length;
        if (pieceBytes < partSizeBytes) continue;
        const body = Buffer.concat(piece);
        [piece, pieceBytes, isHandedOver] = [[], 0, true];
        yield { number: number++, body, release };
        release = await budget.take(partSizeBytes);
        isHandedOver = false;
      }
    }
    checkWhole(put, sizeBytes, md5.digest('hex'));
    if (pieceBytes === 0) return;
    isHandedOver = true;
    yield { number, body: Buffer.concat(piece), release };
  } finally {
    if (!isHandedOver) release();
  }
}

function checkWhole({ content, sizeBytes, destination }: StreamedPut, gotBytes: number, md5: string): void {
  const { head } = content;
  if (gotBytes === sizeBytes && (!isMd5(head) || head.etag === md5)) return;
  throw new BackupError(
    'FAILED',
    `What came for ${JSON.stringify(destination.key)} is not what was stored: its size or MD5 differs.`,
    { hint: 'Run the command again; if it stays, look for what changes data on the way, such as a proxy.' },
  );
}
