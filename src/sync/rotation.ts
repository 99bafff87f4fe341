/** Of the files directly in a folder the last ones by name stay; the others go, in the bucket and here. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { compareKeys } from '../key-order.ts';
import type { Source, SourceEntry, SourceWatch } from './source.ts';

/** A source that shows only what stays. */
export class Rotation implements Pick<Source, 'entries' | 'look'> {
  readonly #source: Source;
  readonly #keep: number;
  #kept = new Set<string>();
  #surplus: string[] = [];

  /** @param keep at least 1 */
  constructor(source: Source, keep: number) {
    this.#source = source;
    this.#keep = Math.max(1, keep);
  }

  /** Those that go, once `entries` was read to its end. */
  get surplus(): readonly string[] {
    return this.#surplus;
  }

  async *entries(
    under: string,
    watch: SourceWatch,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceEntry[]> {
    const all: SourceEntry[] = [];
    for await (const batch of this.#source.entries(under, watch, signal)) all.push(...batch);
    const files = all.filter(({ isSkipped }) => isSkipped !== true).map(({ key }) => key);
    const newestFirst = files.sort((a, b) => compareKeys(b, a));
    this.#kept = new Set(newestFirst.slice(0, this.#keep));
    this.#surplus = newestFirst.slice(this.#keep);
    yield all.filter(({ key, isSkipped }) => isSkipped === true || this.#kept.has(key));
  }

  async look(key: string, watch: SourceWatch): Promise<SourceEntry | undefined> {
    return this.#surplus.includes(key) ? undefined : this.#source.look(key, watch);
  }

  /** Deletes what goes, here. To be called once all that stays is in the bucket. */
  async deleteSurplus(root: string, watch: SourceWatch, onDeleted: () => void): Promise<void> {
    for (const key of this.#surplus) {
      try {
        await unlink(join(root, key));
        onDeleted();
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === undefined) throw error;
        if (code !== 'ENOENT')
          watch.failed({ key, code, message: `${join(root, key)} cannot be deleted (${code}).` });
      }
    }
  }
}
