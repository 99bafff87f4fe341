/**
 * What an object holds. Bytes are shared between versions and copies; a run of one byte is kept as its length, so
 * that a test can have objects of many gigabytes.
 */
import { createHash } from 'node:crypto';

type Piece = { bytes: Uint8Array; sizeBytes: number } | { fillByte: number; sizeBytes: number };

export interface Content {
  readonly sizeBytes: number;
  readonly pieces: readonly Piece[];
}

const CHUNK_BYTES = 64 * 1024;
/** Hashing more fill than this would take seconds; such content gets an etag made from its form instead. */
const HASH_LIMIT_BYTES = 64 * 1024 * 1024;

export const emptyContent: Content = { sizeBytes: 0, pieces: [] };

export function contentOf(bytes: Uint8Array | string): Content {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
  if (buffer.length === 0) return emptyContent;
  return { sizeBytes: buffer.length, pieces: [{ bytes: buffer, sizeBytes: buffer.length }] };
}

/** `sizeBytes` times the byte `fillByte`, in no memory. */
export function filledContent(sizeBytes: number, fillByte = 0): Content {
  return sizeBytes === 0 ? emptyContent : { sizeBytes, pieces: [{ fillByte, sizeBytes }] };
}

export function concatContent(contents: readonly Content[]): Content {
  return {
    sizeBytes: contents.reduce((sum, content) => sum + content.sizeBytes, 0),
    pieces: contents.flatMap((content) => content.pieces),
  };
}

/** The bytes from `start` up to, not including, `end`. */
export function sliceContent(content: Content, start: number, end: number): Content {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const piece of content.pieces) {
    const from = Math.max(start - offset, 0);
    const upTo = Math.min(end - offset, piece.sizeBytes);
    offset += piece.sizeBytes;
    if (from >= upTo) continue;
    if ('bytes' in piece) pieces.push({ bytes: piece.bytes.subarray(from, upTo), sizeBytes: upTo - from });
    else pieces.push({ fillByte: piece.fillByte, sizeBytes: upTo - from });
  }
  return { sizeBytes: pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0), pieces };
}

/** The content in buffers of at most 64 KiB. */
export function* chunksOf(content: Content): Generator<Uint8Array> {
  for (const piece of content.pieces) {
    const filler =
      'bytes' in piece ? undefined : Buffer.alloc(Math.min(CHUNK_BYTES, piece.sizeBytes), piece.fillByte);
    for (let offset = 0; offset < piece.sizeBytes; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, piece.sizeBytes - offset);
      if ('bytes' in piece) yield piece.bytes.subarray(offset, offset + length);
      else if (filler !== undefined) yield filler.subarray(0, length);
    }
  }
}

/** MD5 in hexadecimal; for more than 64 MiB of fill a stand-in that depends on the content's form. */
export function md5Hex(content: Content): string {
  const hash = createHash('md5');
  const isHuge = content.sizeBytes > HASH_LIMIT_BYTES && content.pieces.some((piece) => 'fillByte' in piece);
  if (isHuge) hash.update(describeForm(content));
  else for (const chunk of chunksOf(content)) hash.update(chunk);
  return hash.digest('hex');
}

/** Adjacent runs of one byte are joined, so that equal bytes in other pieces have the same form. */
function describeForm(content: Content): string {
  let form = '';
  let run: { fillByte: number; sizeBytes: number } | undefined;
  const flush = () => {
    if (run !== undefined) form += `fill ${run.fillByte} ${run.sizeBytes};`;
    run = undefined;
  };
  for (const piece of content.pieces) {
    if ('bytes' in piece) {
      flush();
      form += `md5 ${createHash('md5').update(piece.bytes).digest('hex')} ${piece.sizeBytes};`;
    } else if (run !== undefined && run.fillByte === piece.fillByte) run.sizeBytes += piece.sizeBytes;
    else {
      flush();
      run = { fillByte: piece.fillByte, sizeBytes: piece.sizeBytes };
    }
  }
  flush();
  return form;
}
