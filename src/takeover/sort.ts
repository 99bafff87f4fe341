/** Sorts more entries than memory holds: runs are sorted and written out, and merged as they are read back. */
import { Spool } from '../spool.ts';
import { compareOldEntries, type OldEntry } from './old-entry.ts';

/** Some 50 MB. */
const defaultRunLength = 100_000;

type Packed = [key: string, versionId: string, sizeBytes: number | null, lastModifiedMs: number | null];

export class EntrySorter {
  readonly #createSpool: () => Promise<Spool<Packed>>;
  readonly #runLength: number;
  readonly #runs: Spool<Packed>[] = [];
  #run: OldEntry[] = [];

  /** @param name of its temporary files, unique among the runs in this folder */
  constructor(snapshotsDir: string, name: string, runLength = defaultRunLength) {
    this.#createSpool = () => Spool.create(snapshotsDir, `${name}-${this.#runs.length}`);
    this.#runLength = runLength;
  }

  /** @throws BackupError SNAPSHOTS_DIR */
  async add(entry: OldEntry): Promise<void> {
    this.#run.push(entry);
    if (this.#run.length >= this.#runLength) await this.#writeRun();
  }

  /** All that was added, by `compareOldEntries`. Once. */
  async *sorted(): AsyncGenerator<OldEntry> {
    this.#run.sort(compareOldEntries);
    const runs = this.#runs.map((run) => unpacked(run.items()));
    yield* mergeSorted([...runs, fromArray(this.#run)], compareOldEntries);
  }

  /** Removes its files. */
  async remove(): Promise<void> {
    for (const run of this.#runs.splice(0)) await run.remove();
  }

  async #writeRun(): Promise<void> {
    const spool = await this.#createSpool();
    this.#runs.push(spool);
    this.#run.sort(compareOldEntries);
    for (const { key, versionId, sizeBytes, lastModifiedMs } of this.#run)
      await spool.add([[key, versionId, sizeBytes ?? null, lastModifiedMs ?? null]]);
    await spool.flush();
    this.#run = [];
  }
}

async function* unpacked(items: AsyncIterable<Packed>): AsyncGenerator<OldEntry> {
  for await (const [key, versionId, sizeBytes, lastModifiedMs] of items)
    yield { key, versionId, sizeBytes: sizeBytes ?? undefined, lastModifiedMs: lastModifiedMs ?? undefined };
}

async function* fromArray<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

interface Head<T> {
  value: T;
  run: AsyncIterator<T>;
}

/** Sorted streams as one; a heap, as there may be hundreds of them. */
export async function* mergeSorted<T>(
  runs: readonly AsyncIterable<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const heap: Head<T>[] = [];
  const iterators = runs.map((run) => run[Symbol.asyncIterator]());
  try {
    for (const run of iterators) {
      const next = await run.next();
      if (next.done !== true) heap.push({ value: next.value, run });
    }
    const byValue = (a: Head<T>, b: Head<T>): number => compare(a.value, b.value);
    heap.sort(byValue);
    while (heap[0] !== undefined) {
      const first = heap[0];
      yield first.value;
      const next = await first.run.next();
      if (next.done !== true) first.value = next.value;
      else {
        const last = heap.pop();
        if (last !== undefined && heap.length > 0) heap[0] = last;
      }
      sink(heap, byValue);
    }
  } finally {
    for (const run of iterators) await run.return?.();
  }
}

/** Lets the first of a heap go down to where it belongs. */
function sink<T>(heap: T[], compare: (a: T, b: T) => number): void {
  for (let at = 0; ;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      const [a, b] = [heap[child], heap[least]];
      if (a !== undefined && b !== undefined && compare(a, b) < 0) least = child;
    }
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least] as T, heap[at] as T];
    at = least;
  }
}
