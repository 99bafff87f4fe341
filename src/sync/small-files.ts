/**
 * Reads small files at once. Node's asynchronous calls cost five trips to other threads for a file, which is more than all the rest of
 * uploading it; the direct ones take some microseconds where the file is in memory or on a fast disk. Where a read is slow, the next ones go
 * the other way, so that a slow disk does not hold up what is under way.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isSameState, stateOf, type FileState } from './file-state.ts';
import { readError, vanishedError } from './read-file.ts';

const smallBytes = 128 * 1024;
const slowMs = 5;
/** So many files go the other way before the next one is tried. */
const patience = 64;

export class SmallFiles {
  #waiting = 0;

  /** Whether a file that was of this size should be read here. */
  takes(sizeBytes: number): boolean {
    if (sizeBytes > smallBytes) return false;
    if (this.#waiting === 0) return true;
    this.#waiting -= 1;
    return false;
  }

  /**
   * The content as it was at one moment; undefined where it was being changed, or is small no more.
   * @throws BackupError naming the path where it cannot be read
   */
  read(path: string, follows: boolean): { body: Buffer; state: FileState } | undefined {
    const startMs = performance.now();
    try {
      return readSmall(path, follows);
    } catch (error) {
      throw readError(path, error);
    } finally {
      if (performance.now() - startMs > slowMs) this.#waiting = patience;
    }
  }
}

function readSmall(path: string, follows: boolean): { body: Buffer; state: FileState } | undefined {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follows ? 0 : constants.O_NOFOLLOW);
  const descriptor = openSync(path, flags);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw vanishedError(path);
    const state = stateOf(stats);
    if (state.sizeBytes > smallBytes) return undefined;
    const body = Buffer.allocUnsafeSlow(state.sizeBytes);
    for (let done = 0; done < body.length;) {
      const bytesRead = readSync(descriptor, body, done, body.length - done, done);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return isSameState(stateOf(fstatSync(descriptor)), state) ? { body, state } : undefined;
  } finally {
    closeSync(descriptor);
  }
}
