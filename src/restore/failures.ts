/**
 * What failed, key by key: in the result as far as memory allows, and whole in a file beside the journal. Where nothing
 * succeeds and everything fails alike, as with a missing permission, going on helps nobody: the run stops with the cause.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { BackupError } from '../errors.ts';
import { naming } from '../index/file-error.ts';

export interface Failure {
  key: string;
  versionId: string | null;
  /** S3's or the system's own name of the error where there is one. */
  code: string;
  message: string;
}

/** So many equal failures before the first success stop a run. */
export const MAX_EQUAL_FAILURES = 100;
/** In the result; the file has all. */
const maxListed = 10_000;

export class Failures {
  readonly listed: Failure[] = [];
  readonly #path: string;
  #file: WriteStream | undefined;
  #fileError: Error | undefined;
  #count = 0;
  #isFirstOfAll = true;
  #firstCode: string | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Removes the file of an earlier run. @throws BackupError SNAPSHOTS_DIR, as do all methods here */
  static async begin(path: string): Promise<Failures> {
    await naming('write', path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
    });
    return new Failures(path);
  }

  get count(): number {
    return this.#count;
  }

  /** Undefined where nothing failed. */
  get path(): string | undefined {
    return this.#count === 0 ? undefined : this.#path;
  }

  noteSuccess(): void {
    this.#isFirstOfAll = false;
  }

  /** @throws BackupError with the code of `error` where everything has failed alike so far */
  async note(failure: Failure, error: BackupError): Promise<void> {
    this.#count += 1;
    if (this.listed.length < maxListed) this.listed.push(failure);
    await this.#write(failure);
    this.#firstCode ??= failure.code;
    if (failure.code !== this.#firstCode) this.#isFirstOfAll = false;
    if (!this.#isFirstOfAll || this.#count < MAX_EQUAL_FAILURES) return;
    throw new BackupError(
      error.code,
      `The first ${this.#count} objects all failed with ${failure.code}, so the rest was not tried: ${failure.message}`,
      { hint: error.hint ?? `They are listed in ${this.#path}.`, cause: error.cause },
    );
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    await naming('write', this.#path, async () => {
      if (!file.destroyed) {
        file.end();
        await once(file, 'close');
      }
      if (this.#fileError !== undefined) throw this.#fileError;
    });
  }

  async #write(failure: Failure): Promise<void> {
    this.#file ??= createWriteStream(this.#path, { mode: 0o600 }).on('error', (error) => {
      this.#fileError ??= error;
    });
    const file = this.#file;
    await naming('write', this.#path, async () => {
      if (this.#fileError !== undefined) throw this.#fileError;
      if (!file.write(`${JSON.stringify(failure)}\n`)) await once(file, 'drain');
    });
  }
}
