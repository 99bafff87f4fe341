import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet, type Context } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { Lines } from '../cli/lines.ts';
import { withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { findKeys, type FoundKey, type FoundVersion, type Unreadable } from '../find/find.ts';
import { Glob } from '../glob.ts';
import { versionDocument, type VersionDocument } from '../snapshots/entry-document.ts';
import { countOf, formatBytes, printable } from '../ui/format.ts';

export interface FindResult {
  pattern: string;
  /** How many were looked into. */
  snapshots: number;
  matches: { key: string; versions: (VersionDocument & { snapshots: string[] })[] }[];
  /** What is damaged: it may hold more. */
  unreadable: Unreadable[];
}

export default class Find extends BaseCommand {
  static override readonly isReadOnly = true;
  static override summary = 'Find in which snapshots a key is, and with which version.';
  static override description =
    'PATTERN has to match the whole key. * stands for any characters, slashes too; ? for one; [a-z] and [!a-z] for one of a set; a backslash takes the next character as it is. A pattern without these finds that key alone; one that begins with a long plain text is quick. Put it in quotes.';
  static override examples = [
    "<%= config.bin %> find 'photos/2026/img-0004.jpg'",
    "<%= config.bin %> find 'reports/*.pdf' --since 4w",
  ];

  static override args = {
    pattern: Args.string({ description: 'A key, or a glob over keys.', required: true }),
  };

  static override flags = {
    since: Flags.string({ summary: 'Only snapshots as of then or later.', helpValue: 'TIME' }),
    until: Flags.string({ summary: 'Only snapshots as of then or earlier.', helpValue: 'TIME' }),
  };

  async run(): Promise<FindResult> {
    const { args, flags } = await this.parse(Find);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      const glob = new Glob(args.pattern);
      const isChosen = chooserOf(flags, context.clock.nowMs());
      return withRepository(set, context, {}, async (repository) => {
        const damaged = new Set(repository.damaged.map(({ name }) => name));
        const snapshots = repository
          .list(set.slave.bucket)
          .filter((row) => isChosen(row) && !damaged.has(row.name))
          .map((row) => row.name);
        // Whatever time or bucket they are of: that stands in what cannot be read.
        const unreadable: Unreadable[] = repository.damaged.map(({ name, error }) => ({
          snapshots: [name],
          message: error.message,
        }));
        const onUnreadable = (each: Unreadable): void => {
          unreadable.push(each);
          context.log.warn(each.message, { snapshots: each.snapshots.join(' ') });
        };
        const { signal } = context;
        const keys = findKeys({ glob, snapshots, onUnreadable, signal }, repository);
        const { matches, found } = await take(keys, flags.json === true, context);
        if (unreadable.length > 0) endInPart();
        context.print(render(found, snapshots.length, unreadable.length));
        return { pattern: args.pattern, snapshots: snapshots.length, matches, unreadable };
      });
    });
  }
}

/** What is being deleted counts as gone. */
function chooserOf(
  { since, until }: { since: string | undefined; until: string | undefined },
  nowMs: number,
): (row: SnapshotRow) => boolean {
  const sinceMs = since === undefined ? -Infinity : parseTime(since, nowMs);
  const untilMs = until === undefined ? Infinity : parseTime(until, nowMs);
  return ({ state, asOf }) => {
    const asOfMs = Date.parse(asOf);
    return state === 'complete' && asOfMs >= sinceMs && asOfMs <= untilMs;
  };
}

/** With `--json` all matches are held; as text they are printed as they are found. */
async function take(
  keys: AsyncIterable<FoundKey>,
  isCollected: boolean,
  context: Context,
): Promise<{ matches: FindResult['matches']; found: number }> {
  const matches: FindResult['matches'] = [];
  const lines = new Lines(context);
  let found = 0;
  for await (const { key, versions } of keys) {
    found += 1;
    if (isCollected) matches.push({ key, versions: versions.map(documentOf) });
    else if (!(await lines.add([printable(key), ...versions.map(lineOf)].join('\n')))) break;
  }
  await lines.end();
  return { matches, found };
}

function documentOf({ entry, snapshots }: FoundVersion): VersionDocument & { snapshots: string[] } {
  return { ...versionDocument(entry), snapshots };
}

function lineOf({ entry, snapshots }: FoundVersion): string {
  const time = `${new Date(entry.lastModifiedMs).toISOString().slice(0, 19)}Z`;
  const size = formatBytes(entry.sizeBytes).padStart(10);
  return `  ${time}  ${size}  ${printable(entry.versionId)}  in ${namesOf(snapshots)}`;
}

function namesOf(snapshots: readonly string[]): string {
  if (snapshots.length <= 3) return snapshots.join(' ');
  return `${snapshots.length} snapshots, ${snapshots[0]} … ${snapshots.at(-1)}`;
}

function render(found: number, snapshots: number, unreadable: number): string {
  const damaged =
    unreadable === 0
      ? ''
      : ` ${countOf(unreadable, 'file')} of the index could not be read: there may be more.`;
  return `${countOf(found, 'key')} in ${countOf(snapshots, 'snapshot')}.${damaged}`;
}
