/** Leaves versions out that carry a tag, as mirrored objects do that were deleted in their source. No listing tells tags: each is asked for. */
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import type { RestoreDependencies } from './options.ts';
import type { TagPattern } from './selection.ts';

/** @param text `K=V`, or `K` for any value */
export function parseTagPattern(text: string): TagPattern {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * The entries that carry none of the tags, in their order.
 * @throws BackupError where tags may not be read: nobody knows then what is to be left out
 */
export async function* withoutTagged(
  batches: AsyncIterable<readonly Entry[]>,
  patterns: readonly TagPattern[],
  concurrency: number,
  { source, observer, signal }: Pick<RestoreDependencies, 'source' | 'observer' | 'signal'>,
): AsyncGenerator<readonly Entry[]> {
  let done = 0;
  for await (const batch of batches) {
    if (patterns.length === 0) {
      yield batch;
      continue;
    }
    const excluded = new Set<Entry>();
    await forEachConcurrently(batch, concurrency, async (entry) => {
      signal.throwIfAborted();
      const tags = await tagsOf(entry, source);
      if (patterns.some((pattern) => isTagged(tags, pattern))) excluded.add(entry);
      done += 1;
      if (done % 1000 === 0) observer.progress({ phase: 'reading tags', done, unit: 'keys' });
    });
    yield batch.filter((entry) => !excluded.has(entry));
  }
}

/** What is gone has no tags: that it cannot be restored is told when that is tried. */
async function tagsOf(
  { key, versionId }: Entry,
  source: RestoreDependencies['source'],
): Promise<Record<string, string>> {
  try {
    return await source.tags(key, versionId);
  } catch (error) {
    const cause = error instanceof BackupError ? error.cause : undefined;
    if (cause instanceof Error && /^(NoSuchKey|NoSuchVersion|MethodNotAllowed)$/.test(cause.name)) return {};
    throw error;
  }
}

function isTagged(tags: Record<string, string>, { name, value }: TagPattern): boolean {
  return Object.hasOwn(tags, name) && (value === undefined || tags[name] === value);
}
