/**
 * The etags that a content has in S3: the MD5 of what was uploaded in one request; of a multipart upload the MD5 of the MD5s of its
 * parts, and their number (trap 18).
 */
import { createHash } from 'node:crypto';
import { etagOfParts, looksLikeMd5 } from '../etag.ts';

const mebibyte = 1024 ** 2;
const maxParts = 10_000;
const maxPartBytes = 5 * 1024 * mebibyte;
/** What other tools cut uploads into, unless told otherwise. */
const usualPartBytes = [5, 8, 15, 16, 32, 50, 64, 100, 128, 256, 512, 1024].map((size) => size * mebibyte);

/**
 * How a file of this size is uploaded: as aws-cli does where `multipart_threshold` and `multipart_chunksize` are the same number.
 * @returns the size of parts, doubled until 10,000 of them suffice; undefined: in one request
 */
export function partSizeFor(sizeBytes: number, chunkSizeBytes: number): number | undefined {
  if (sizeBytes < chunkSizeBytes || sizeBytes === 0) return undefined;
  let partSizeBytes = chunkSizeBytes;
  while (Math.ceil(sizeBytes / partSizeBytes) > maxParts) partSizeBytes *= 2;
  return Math.min(partSizeBytes, maxPartBytes);
}

/** In what parts a content of this size may have been uploaded to get an etag of this form; undefined: in one request. */
export function partSizesBehind(
  etag: string,
  sizeBytes: number,
  chunkSizeBytes: number,
): (number | undefined)[] {
  if (looksLikeMd5(etag)) return [undefined];
  const parts = Number(/^[0-9a-f]{32}-([0-9]{1,5})$/.exec(etag)?.[1]);
  const own = partSizeFor(sizeBytes, chunkSizeBytes);
  const candidates = own === undefined ? usualPartBytes : [own, ...usualPartBytes];
  return [...new Set(candidates)].filter((partSize) => Math.ceil(sizeBytes / partSize) === parts);
}

/** Takes a content once and says its etag for one size of parts. */
export class EtagHash {
  readonly #partSizeBytes: number | undefined;
  /** Hex, of the parts that are whole. */
  readonly md5s: string[] = [];
  #hash = createHash('md5');
  #partBytes = 0;

  constructor(partSizeBytes: number | undefined) {
    this.#partSizeBytes = partSizeBytes;
  }

  update(bytes: Buffer): void {
    const partSizeBytes = this.#partSizeBytes ?? Infinity;
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + Math.min(bytes.length, partSizeBytes - this.#partBytes));
      this.#hash.update(taken);
      at += taken.length;
      this.#partBytes += taken.length;
      if (this.#partBytes === partSizeBytes) this.#endPart();
    }
  }

  /** To be called once, at the end. */
  digest(): string {
    if (this.#partBytes > 0 || this.md5s.length === 0) this.#endPart();
    if (this.#partSizeBytes === undefined) return this.md5s[0] ?? '';
    return etagOfParts(this.md5s);
  }

  #endPart(): void {
    this.md5s.push(this.#hash.digest('hex'));
    this.#hash = createHash('md5');
    this.#partBytes = 0;
  }
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
