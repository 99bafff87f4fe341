import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet, type Context } from '../cli/context.ts';
import { prefixFlag } from '../cli/flags.ts';
import { Lines } from '../cli/lines.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { findSnapshot } from '../cli/snapshot-args.ts';
import { diff, type Change, type Diff as DiffOfSides, type Side } from '../diff/diff.ts';
import { DiffTotals } from '../diff/totals.ts';
import { versionDocument, type VersionDocument } from '../snapshots/entry-document.ts';
import { countOf, formatBytes, printable } from '../ui/format.ts';

export interface DiffResult {
  /** A snapshot's name, or `live`. */
  from: string;
  to: string;
  prefix: string;
  added: number;
  removed: number;
  changed: number;
  bytesAdded: number;
  bytesRemoved: number;
  /** Not with --summary. */
  entries?: ChangeDocument[];
}

export interface ChangeDocument {
  change: 'added' | 'removed' | 'changed';
  key: string;
  from?: VersionDocument;
  to?: VersionDocument;
}

const side = 'A snapshot, or live: what the slave bucket holds now.';

export default class Diff extends BaseCommand {
  static override readonly isReadOnly = true;
  static override summary = 'Show the keys that were added, removed or changed between two snapshots.';
  static override description =
    'Changed is a key that has another version; a change of tags, ACL or storage class alone makes none. The lines begin with +, - and ~. With --json all changes are held in memory until the end: for millions of them take the text, or --summary.';
  static override examples = [
    '<%= config.bin %> diff @24h latest',
    '<%= config.bin %> diff latest live --prefix photos/',
    '<%= config.bin %> diff 20261101 20261121 --summary',
  ];

  static override args = {
    from: Args.string({ description: side, required: true }),
    to: Args.string({ description: side, required: true }),
  };

  static override flags = {
    prefix: prefixFlag,
    summary: Flags.boolean({ summary: 'Only how many, not which.', default: false }),
  };

  async run(): Promise<DiffResult> {
    const { args, flags } = await this.parse(Diff);
    return this.inContext(flags, async (context) => {
      const { config, observer, signal, clock } = context;
      const set = oneSet(config, flags.set);
      return withRepository(set, context, {}, async (repository) => {
        const sideOf = async (reference: string): Promise<Side> => {
          if (reference === 'live') return 'live';
          return repository.read(findSnapshot(repository, set.slave.bucket, reference, clock).name);
        };
        const [from, to] = [await sideOf(args.from), await sideOf(args.to)];
        const isLive = from === 'live' || to === 'live';
        const bucket = isLive ? await openBucket(set.slave, config.concurrency, context) : undefined;
        const found = diff(from, to, flags.prefix ?? '', { repository, bucket, observer, signal });
        const wanted = flags.summary ? 'summary' : flags.json === true ? 'collected' : 'lines';
        const result = await take(found, wanted, context);
        const both = { from: nameOf(from), to: nameOf(to), prefix: found.prefix, ...result };
        context.print(render(both));
        return both;
      });
    });
  }
}

function nameOf(side: Side): string {
  return side === 'live' ? side : side.snapshot;
}

async function take(
  { changes }: DiffOfSides,
  wanted: 'summary' | 'collected' | 'lines',
  context: Context,
): Promise<Omit<DiffResult, 'from' | 'to' | 'prefix'>> {
  const totals = new DiffTotals();
  const entries: ChangeDocument[] = [];
  const lines = new Lines(context);
  for await (const change of changes) {
    context.signal.throwIfAborted();
    totals.add(change);
    if (wanted === 'collected') entries.push(documentOf(change));
    if (wanted === 'lines' && !(await lines.add(lineOf(change)))) break;
  }
  await lines.end();
  return { ...totals, ...(wanted === 'collected' && { entries }) };
}

function documentOf({ change, key, from, to }: Change): ChangeDocument {
  return {
    change,
    key,
    ...(from !== undefined && { from: versionDocument(from) }),
    ...(to !== undefined && { to: versionDocument(to) }),
  };
}

const signs = { added: '+', removed: '-', changed: '~' };

function lineOf({ change, key, from, to }: Change): string {
  const size = formatBytes((to ?? from).sizeBytes);
  return `${signs[change]} ${size.padStart(10)}  ${printable(key)}`;
}

function render({ from, to, prefix, added, removed, changed, bytesAdded, bytesRemoved }: DiffResult): string {
  const where = prefix === '' ? '' : ` within ${printable(prefix)}`;
  return (
    `From ${from} to ${to}${where}: ${countOf(added, 'key')} added, ${removed} removed, ${changed} changed; ` +
    `${formatBytes(bytesAdded)} added, ${formatBytes(bytesRemoved)} removed.`
  );
}
