/** Which keys of a snapshot are asked for: by prefix, and by globs. */
import { Glob } from '../glob.ts';

export interface Selection {
  /** Only keys that begin with it. */
  prefix: string;
  /** Only keys that one of these globs matches; none: all. `*` matches slashes too. */
  include?: readonly string[];
  /** And none of these. */
  exclude?: readonly string[];
  /** Versions that carry one of these tags count as not in the snapshot; a request for each key. */
  excludeTags?: readonly TagPattern[];
}

export interface TagPattern {
  name: string;
  /** Undefined: any. */
  value: string | undefined;
}

/**
 * What globs leave of keys; undefined where there are none.
 * @throws BackupError USAGE for a pattern that is none
 */
export function keyFilter({ include = [], exclude = [] }: Selection): ((key: string) => boolean) | undefined {
  if (include.length === 0 && exclude.length === 0) return undefined;
  const included = include.map((pattern) => new Glob(pattern));
  const excluded = exclude.map((pattern) => new Glob(pattern));
  return (key) =>
    (included.length === 0 || included.some((glob) => glob.matches(key))) &&
    !excluded.some((glob) => glob.matches(key));
}

/** The items of each batch whose key is asked for. */
export async function* selected<T extends { key: string }>(
  batches: AsyncIterable<readonly T[]>,
  isAskedFor: ((key: string) => boolean) | undefined,
): AsyncGenerator<readonly T[]> {
  for await (const batch of batches)
    yield isAskedFor === undefined ? batch : batch.filter(({ key }) => isAskedFor(key));
}
