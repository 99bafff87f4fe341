/**
 * Walks the frames of a zstd file by their headers (RFC 8878, section 3.1.1), without decompressing. Strict: every
 * frame has to state its content size, and no more than the limit. The codec takes room for that size before it looks
 * at the content, so a flipped bit there would otherwise ask for gigabytes and end the process.
 */
const MAGIC = 0xfd2fb528;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;
const MAX_BLOCK_BYTES = 128 * 1024;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

export interface ZstdFrame {
  /** The whole frame: header, blocks, checksum. */
  bytes: Buffer;
  contentBytes: number;
}

/**
 * The frames of a file, in order.
 * @param maxContentBytes the most that one frame may hold, decompressed
 * @throws Error saying at which byte the file stops being a row of such frames
 */
export function splitFrames(file: Buffer, maxContentBytes: number): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let start = 0;
  while (start < file.length) {
    const header = readHeader(file, start);
    if (header.contentBytes > maxContentBytes || header.contentBytes === 0) {
      throw new Error(`the frame at byte ${start} states ${header.contentBytes} bytes of content`);
    }
    const end = skipBlocks(file, header.end) + (header.hasChecksum ? 4 : 0);
    if (end > file.length) throw cutOff(file);
    frames.push({ bytes: file.subarray(start, end), contentBytes: header.contentBytes });
    start = end;
  }
  return frames;
}

interface FrameHeader {
  /** Where the first block begins. */
  end: number;
  contentBytes: number;
  hasChecksum: boolean;
}

function readHeader(file: Buffer, start: number): FrameHeader {
  if (start + 5 > file.length) throw cutOff(file);
  if (file.readUInt32LE(start) !== MAGIC) throw new Error(`there is no zstd frame at byte ${start}`);
  const descriptor = file.readUInt8(start + 4);
  if ((descriptor & 0x08) !== 0) throw new Error(`the frame at byte ${start} sets a reserved bit`);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 0x03] ?? 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const sizeAt = start + 5 + windowBytes + dictionaryBytes;
  if (sizeAt + sizeBytes > file.length) throw cutOff(file);
  return {
    end: sizeAt + sizeBytes,
    contentBytes: readContentSize(file, sizeAt, sizeBytes),
    hasChecksum: (descriptor & 0x04) !== 0,
  };
}

function readContentSize(file: Buffer, at: number, width: number): number {
  switch (width) {
    case 1:
      return file.readUInt8(at);
    case 2:
      return file.readUInt16LE(at) + 256;
    case 4:
      return file.readUInt32LE(at);
    case 8:
      return Number(file.readBigUInt64LE(at));
    default:
      return 0; // Not stated, which is refused like an empty frame: neither is ever written.
  }
}

/** Where the last block ends that begins with the block at `at`. */
function skipBlocks(file: Buffer, at: number): number {
  for (let isLast = false; !isLast;) {
    if (at + 3 > file.length) throw cutOff(file);
    const header = file.readUIntLE(at, 3);
    isLast = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === BLOCK_RESERVED || size > MAX_BLOCK_BYTES) {
      throw new Error(`the block at byte ${at} is none`);
    }
    at += 3 + (type === BLOCK_RLE ? 1 : size);
  }
  return at;
}

function cutOff(file: Buffer): Error {
  return new Error(`it is cut off after ${file.length} bytes`);
}
