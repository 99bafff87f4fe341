/** A snapshot beside the bucket's present listing, both sorted and streamed. */
import type { Entry } from '../index/entry.ts';
import type { Change } from '../index/diff.ts';
import { mergeByKey } from '../index/merge.ts';
import { entriesOf } from '../index/reader.ts';
import { entryAt } from '../index/tabulate.ts';
import { isSameVersion } from '../index/version-identity.ts';
import { AsOfSelector } from '../snapshot/as-of.ts';
import type { DiffDependencies, Side } from './sides.ts';

/** @param from, to one of them is `live` */
export async function* diffWithLive(
  from: Side,
  to: Side,
  prefix: string,
  dependencies: DiffDependencies,
): AsyncGenerator<Change> {
  const { observer, signal } = dependencies;
  const entries = (side: Side): AsyncIterable<Entry[]> =>
    side === 'live'
      ? currentEntries(prefix, dependencies)
      : entriesOf(side, dependencies.repository.ranges, { prefix });
  let done = 0;
  for await (const pairs of mergeByKey(entries(from), entries(to))) {
    signal.throwIfAborted();
    for (const { key, left, right } of pairs) {
      const change = changeOf(key, left, right);
      if (change !== undefined) yield change;
    }
    done += pairs.length;
    observer.progress({ phase: 'comparing', done, unit: 'keys' });
  }
}

function changeOf(key: string, from: Entry | undefined, to: Entry | undefined): Change | undefined {
  if (from === undefined) return to && { change: 'added', key, to };
  if (to === undefined) return { change: 'removed', key, from };
  return isSameVersion(from, to) ? undefined : { change: 'changed', key, from, to };
}

/** What a snapshot would hold that sees all versions there are. */
async function* currentEntries(
  prefix: string,
  { bucket, signal }: DiffDependencies,
): AsyncGenerator<Entry[]> {
  if (bucket === undefined) throw new Error('A side is live, and there is no bucket to list.');
  const selector = new AsOfSelector(Infinity);
  for await (const { table, from, to } of bucket.listVersionRows({ prefix }, { signal })) {
    yield Array.from(selector.push(table, from, to), (row) => entryAt(table, row));
  }
  const last = selector.finish();
  if (last !== undefined) yield [last];
}
