/**
 * zstd files of frames that hold at most 1 MiB each. Frames, because the codec's one-shot call aborts the process on
 * inputs of about 8 MiB, and is fastest around 1 MiB. Frame ends depend on the plain bytes alone, so the same content
 * gives the same file.
 *
 * Level 1: measured on 65,000 entry lines of 137 bytes in frames of 1 MiB (median CPU for 1,000 lines) it makes 1/2.43 of
 * them in 0.8 ms; level 2 1/2.40 in 0.9 ms; level 3 1/2.34 in 1.4 ms. Ids and etags are noise, and the higher levels only
 * find matches in it that cost more than they save. Decompressing takes 0.3 ms at any level.
 */
import type { Simple } from 'zstd-codec';
import { splitFrames } from './zstd-frames.ts';

/** The most plain bytes in a frame; all frames but the last of a file hold exactly as many. */
export const FRAME_BYTES = 1024 * 1024;
const LEVEL = 1;

export interface Codec {
  /**
   * One frame.
   * @param plain 1 to `FRAME_BYTES` bytes
   */
  compressFrame(plain: Buffer): Uint8Array;
  /** All of `plain` as frames, one after the other. */
  compress(plain: Buffer): Buffer;
  /**
   * The plain bytes of a file of such frames.
   * @throws Error saying what is wrong with the bytes; the caller knows the file
   */
  decompress(file: Buffer): Buffer;
}

let codec: Promise<Codec> | undefined;

/** Loaded at the first use: it is three quarters of a megabyte of WebAssembly, and has one heap for the process. */
export function loadCodec(): Promise<Codec> {
  codec ??= load();
  return codec;
}

async function load(): Promise<Codec> {
  const { default: module } = await import('zstd-codec');
  const zstd = await new Promise<Simple>((resolve) => {
    module.ZstdCodec.run((loaded) => resolve(new loaded.Simple()));
  });
  const compressFrame = (plain: Buffer): Uint8Array => compressOne(zstd, plain);
  return {
    compressFrame,
    compress: (plain) => Buffer.concat(chunksOf(plain).map(compressFrame)),
    decompress: (file) => decompressAll(zstd, file),
  };
}

function compressOne(zstd: Simple, plain: Buffer): Uint8Array {
  if (plain.length === 0 || plain.length > FRAME_BYTES) {
    throw new RangeError(`A frame holds 1 to ${FRAME_BYTES} bytes, not ${plain.length}`);
  }
  const frame = zstd.compress(plain, LEVEL);
  if (frame === null) throw new Error(`zstd could not compress ${plain.length} bytes`);
  return frame;
}

function chunksOf(plain: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += FRAME_BYTES) chunks.push(plain.subarray(at, at + FRAME_BYTES));
  return chunks;
}

function decompressAll(zstd: Simple, file: Buffer): Buffer {
  const frames = splitFrames(file, FRAME_BYTES);
  const plain = Buffer.allocUnsafe(frames.reduce((sum, frame) => sum + frame.contentBytes, 0));
  let at = 0;
  for (const [index, frame] of frames.entries()) {
    const content = zstd.decompress(frame.bytes);
    if (content?.length !== frame.contentBytes) throw new Error(`zstd cannot read its frame ${index + 1}`);
    plain.set(content, at);
    at += content.length;
  }
  return plain;
}
