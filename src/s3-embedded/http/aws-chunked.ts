/**
 * The `aws-chunked` body of streaming uploads ("Signature Calculations … Transferring Payload in Multiple Chunks" in
 * the S3 API reference): chunks with or without signatures, then optional trailing headers.
 */
import { S3Error } from '../s3-error.ts';

export interface DecodedChunks {
  body: Buffer;
  /** Trailing headers by lower-case name, such as `x-amz-checksum-crc32`. */
  trailers: Record<string, string>;
  chunks: { data: Buffer; signature: string | undefined }[];
}

/** @throws S3Error IncompleteBody where the framing is broken or ends early. */
export function decodeAwsChunked(raw: Buffer): DecodedChunks {
  const chunks: DecodedChunks['chunks'] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', offset);
    if (lineEnd === -1) throw incomplete();
    const [sizeText = '', ...extensions] = raw.toString('latin1', offset, lineEnd).split(';');
    if (!/^[0-9a-fA-F]+$/.test(sizeText)) throw incomplete();
    const sizeBytes = parseInt(sizeText, 16);
    const start = lineEnd + 2;
    const signature = extensions.find((extension) => extension.startsWith('chunk-signature='))?.slice(16);
    chunks.push({ data: raw.subarray(start, start + sizeBytes), signature });
    if (sizeBytes === 0) return { body: join(chunks), trailers: readTrailers(raw.subarray(start)), chunks };
    offset = start + sizeBytes + 2;
    if (offset > raw.length || raw.toString('latin1', offset - 2, offset) !== '\r\n') throw incomplete();
  }
}

function join(chunks: DecodedChunks['chunks']): Buffer {
  return Buffer.concat(chunks.map((chunk) => chunk.data));
}

function readTrailers(raw: Buffer): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (const line of raw.toString('latin1').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return trailers;
}

function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
}
