/** Entries, stores and slow references that the tests of the index share. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { BlockPool } from '../../../src/index/block-pool.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { manifestOf as bareManifest } from '../../support/manifests.ts';
import type { Manifest } from '../../../src/index/manifest.ts';
import type { RangeReader, RangeRef } from '../../../src/index/range-ref.ts';
import type { RangeStore } from '../../../src/index/range-store.ts';
import { RangeWriter } from '../../../src/index/range-writer.ts';
import type { LineRun } from '../../../src/index/fragment.ts';
import { isCutAfterKey } from '../../support/cut.ts';

/** So few that a handful of entries makes several ranges. */
export const CUT_BITS = 2;

const anyText = fc.string({ unit: 'binary', maxLength: 12 });
/** Any Unicode, and short paths that share beginnings. */
export const anyKey = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', 'b', '/', ' ', '+', 'é', '\uFFFD', '\u{1F600}', '\u{10FFFF}'),
    minLength: 1,
    maxLength: 5,
  }),
);

export const anyEntry: fc.Arbitrary<Entry> = fc.record(
  {
    key: anyKey,
    versionId: fc.oneof(fc.constant('null'), fc.string({ unit: 'binary', minLength: 1, maxLength: 8 })),
    sizeBytes: fc.oneof(fc.nat(9), fc.nat(Number.MAX_SAFE_INTEGER)),
    lastModifiedMs: fc.oneof(
      fc.integer({ min: 0, max: 4_000_000 }).map((second) => second * 1000),
      fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
    ),
    etag: anyText,
    storageClass: anyText,
  },
  { noNullPrototype: true },
);

/** Entries as a snapshot holds them: sorted, each key once, sizes whose sum is exact. */
export const anyEntries: fc.Arbitrary<Entry[]> = fc
  .uniqueArray(anyEntry, { selector: (entry) => entry.key, maxLength: 40, size: 'max' })
  .map((entries) => entries.map((entry) => ({ ...entry, sizeBytes: entry.sizeBytes % 1e12 })).sort(byKey));

/** Places at which entries are cut into pieces. */
export const anySplit = fc.array(fc.nat(40), { maxLength: 6 }).map((places) => places.sort((a, b) => a - b));

/** `entries` cut at the places given; some pieces may be empty. */
export function splitAt(entries: Entry[], places: number[]): Entry[][] {
  const bounds = [0, ...places, entries.length];
  return bounds.slice(1).map((end, n) => entries.slice(bounds[n], Math.max(end, bounds[n] ?? 0)));
}

/** The slow reference of the order of keys. */
export function byKey(a: { key: string }, b: { key: string }): number {
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

export function entryOf(key: string, more: Partial<Entry> = {}): Entry {
  return {
    key,
    versionId: `v-${key}`,
    sizeBytes: key.length,
    lastModifiedMs: Date.UTC(2026, 10, 21, 4),
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    storageClass: 'STANDARD',
    ...more,
  };
}

/** `count` sorted entries with keys such as `k000012`. */
export function numberedEntries(count: number): Entry[] {
  return Array.from({ length: count }, (_, n) => entryOf(`k${String(n).padStart(6, '0')}`));
}

/** At least one. */
export function lineRunOf(entries: readonly Entry[]): LineRun {
  return {
    lines: Buffer.from(entries.map(encodeEntry).join('')),
    firstKey: entries[0]!.key,
    lastKey: Buffer.from(entries.at(-1)!.key),
    entries: entries.length,
    sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0),
  };
}

/** Takes all blocks that are left, and says how many that were. */
export function takeAll(pool: BlockPool): number {
  let taken = 0;
  while (pool.take() !== undefined) taken++;
  return taken;
}

/** Path, from there, and content of every file below a folder. */
export async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile()) files.set(path.slice(folder.length), await readFile(path, 'base64'));
  }
  return files;
}

/** Runs `body` with a folder of its own, which is removed afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'index-test-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The ranges of sorted entries, by the definition: cut after every key whose hash says so, hash what lies between. */
export function expectedRanges(entries: Entry[], cutBits = CUT_BITS): RangeRef[] {
  const runs: Entry[][] = [[]];
  for (const entry of entries) {
    runs.at(-1)?.push(entry);
    if (isCutAfterKey(entry.key, cutBits)) runs.push([]);
  }
  return runs.filter((run) => run.length > 0).map(refOf);
}

function refOf(run: Entry[]): RangeRef {
  const plain = run.map(encodeEntry).join('');
  return {
    hash: createHash('sha256').update(plain).digest('hex'),
    firstKey: run[0]?.key ?? '',
    lastKey: run.at(-1)?.key ?? '',
    entries: run.length,
    sizeBytes: run.reduce((sum, entry) => sum + entry.sizeBytes, 0),
    plainBytes: plain.length,
  };
}

export async function writeEntries(
  store: RangeStore,
  entries: Entry[],
  cutBits = CUT_BITS,
): Promise<RangeRef[]> {
  const writer = new RangeWriter(store, { cutBits });
  await writer.write(entries);
  return (await writer.finish()).ranges;
}

/** A manifest of ranges, with totals that fit. */
export function manifestOf(ranges: RangeRef[], more: Partial<Manifest> = {}): Manifest {
  return bareManifest('20261121T040000Z', {
    keys: ranges.reduce((sum, ref) => sum + ref.entries, 0),
    bytes: ranges.reduce((sum, ref) => sum + ref.sizeBytes, 0),
    cutBits: CUT_BITS,
    ranges,
    ...more,
  });
}

/** Ranges in memory, which count what is opened: for properties that need many stores, and for what must stay closed. */
export class MemoryRanges implements RangeReader {
  readonly opened: string[] = [];
  readonly #plains = new Map<string, Buffer>();

  add(entries: Entry[], cutBits = CUT_BITS): { ranges: RangeRef[] } {
    const ranges = expectedRanges(entries, cutBits);
    let at = 0;
    for (const ref of ranges) {
      const run = entries.slice(at, (at += ref.entries));
      this.#plains.set(ref.hash, Buffer.from(run.map(encodeEntry).join('')));
    }
    return { ranges };
  }

  read(hash: string): Promise<Buffer> {
    this.opened.push(hash);
    const plain = this.#plains.get(hash);
    return plain === undefined ? Promise.reject(new Error(`no range ${hash}`)) : Promise.resolve(plain);
  }

  pathOf(hash: string): string {
    return `memory/${hash}`;
  }
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** `items` in batches, as a stream; empty batches between them where `sizes` says 0. */
export async function* inBatches<T>(items: readonly T[], sizes: readonly number[]): AsyncGenerator<T[]> {
  let at = 0;
  for (const size of sizes) yield items.slice(at, (at += size));
  if (at < items.length) yield items.slice(at);
}
