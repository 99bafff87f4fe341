/** A piece of an open file as the body of a request. */
import { Readable } from 'node:stream';

/** What of a `FileHandle` is needed. */
export interface ReadableFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

const readBytes = 256 * 1024;

/** The file ends before the piece does: it was cut short after it was measured. */
export class FileShortened extends Error {
  readonly code = 'CHANGED';

  constructor() {
    super('the file became shorter while it was read');
    this.name = 'FileShortened';
  }
}

/** Of exactly `sizeBytes` from `startByte` on; what keeps it from that is its error. */
export function filePiece(file: ReadableFile, startByte: number, sizeBytes: number): Readable {
  return Readable.from(chunksOf(file, startByte, sizeBytes), { objectMode: false, highWaterMark: readBytes });
}

export async function* chunksOf(
  file: ReadableFile,
  startByte: number,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < sizeBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(readBytes, sizeBytes - done));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, startByte + done);
    if (bytesRead === 0) throw new FileShortened();
    done += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
