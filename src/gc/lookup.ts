/** The exact way to tell what kept snapshots name, for the few candidates whose witness is gone. */
import { encodeEntry } from '../index/entry-line.ts';
import type { Manifest } from '../index/manifest.ts';
import type { RangeStore } from '../index/range-store.ts';
import { VersionLines } from '../index/version-lines.ts';
import { RangeSequence } from '../snapshots/range-sequence.ts';
import type { Candidate } from './candidates.ts';

export class Lookup {
  readonly #kept: readonly Manifest[];
  readonly #ranges: Pick<RangeStore, 'read'>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(kept: readonly Manifest[], ranges: Pick<RangeStore, 'read'>) {
    this.#kept = kept;
    this.#ranges = ranges;
  }

  /**
   * Those that no kept snapshot names. One call at a time, so that one range is in memory, however many ask.
   * @param candidates by key, no key twice
   * @throws BackupError INDEX_DAMAGED where a range cannot be read
   */
  async namedByNone(candidates: readonly Candidate[]): Promise<Set<Candidate>> {
    const found = this.#last.then(() => this.#namedByNone(candidates));
    this.#last = found.catch(() => undefined);
    return found;
  }

  async #namedByNone(candidates: readonly Candidate[]): Promise<Set<Candidate>> {
    const lines = new VersionLines(Buffer.from(candidates.map(encodeEntry).join(''), 'latin1'));
    const read = new Set<string>();
    for (const manifest of this.#kept) {
      const sequence = new RangeSequence(manifest);
      for (const { key } of candidates) {
        for (const { hash } of sequence.beside({ firstKey: key, lastKey: key })) {
          if (read.has(hash)) continue;
          read.add(hash);
          lines.subtract(await this.#ranges.read(hash));
        }
      }
    }
    const left = new Set(lines.entries('the candidates').map(({ key }) => key));
    return new Set(candidates.filter(({ key }) => left.has(key)));
  }
}
