import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet, type Context } from '../cli/context.ts';
import { entryFormats, writeEntries } from '../cli/render-entries.ts';
import { renderShown } from '../cli/render-shown.ts';
import { withRepository } from '../cli/resources.ts';
import { findSnapshot, snapshotArg } from '../cli/snapshot-args.ts';
import { entriesOf } from '../index/reader.ts';
import type { Manifest } from '../index/manifest.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { showSnapshot, type ShownSnapshot } from '../snapshots/show.ts';
import { whileThere } from '../snapshots/while-there.ts';

export default class Show extends BaseCommand {
  static override readonly isReadOnly = true;
  static override summary = 'Show what a snapshot holds.';
  static override description =
    'Totals by storage class and by the first part of the keys; or, with --entries, every key with its version.';
  static override examples = [
    '<%= config.bin %> show latest',
    '<%= config.bin %> show latest photos/',
    '<%= config.bin %> show 20261121T040000Z photos/ --entries --format csv > photos.csv',
  ];

  static override args = {
    snapshot: snapshotArg,
    prefix: Args.string({ description: 'Only keys that begin with it.' }),
  };

  static override flags = {
    // Without a default: one would count as given for --format.
    entries: Flags.boolean({ summary: 'The entries instead of totals.' }),
    format: Flags.option({
      options: entryFormats,
      summary: 'How entries are printed: csv has the lines of the index, json is one array.',
      dependsOn: ['entries'],
      helpValue: entryFormats.join('|'),
    })(),
  };

  async run(): Promise<ShownSnapshot | undefined> {
    const { args, flags } = await this.parse(Show);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      return withRepository(set, context, {}, async (repository) => {
        const { name } = findSnapshot(repository, set.slave.bucket, args.snapshot, context.clock);
        const manifest = await repository.read(name);
        const prefix = args.prefix ?? '';
        if (flags.entries) {
          const format = flags.json === true ? 'json' : (flags.format ?? 'table');
          return this.#printEntries(manifest, prefix, format, repository, context);
        }
        const { observer, signal } = context;
        const shown = await showSnapshot(manifest, prefix, { repository, observer, signal });
        context.print(renderShown(shown));
        return shown;
      });
    });
  }

  /** Printed as they are read: a bucket's entries fit into no result. */
  async #printEntries(
    manifest: Manifest,
    prefix: string,
    format: (typeof entryFormats)[number],
    repository: SnapshotRepository,
    context: Context,
  ): Promise<undefined> {
    const within = narrowerPrefix(manifest.prefix, prefix);
    const entries = entriesOf(manifest, repository.ranges, { prefix: within });
    await writeEntries(whileThere([manifest.snapshot], repository, entries), format, context);
  }

  /** With --entries they are printed already. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json);
  }
}
