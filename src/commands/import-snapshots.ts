import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { importSnapshots, type ImportResult } from '../takeover/import-snapshots.ts';
import { countOf, formatBytes, formatCount, printable } from '../ui/format.ts';

export default class ImportSnapshots extends BaseCommand {
  static override summary = 'Take over the snapshot files of the program of 2015 of this name.';
  static override description =
    'Reads the files in DIR, plain JSON or gzip, and lists the slave bucket once for what they do not say. The files stay as they are. Restore and gc treat the snapshots as their own, so the retention policy applies to them: see list-snapshots and "gc --dry-run" before the next gc. Run again, it takes what is new. Exit code 3: something could not be taken, and is listed.';
  static override examples = ['<%= config.bin %> import-snapshots /var/lib/old-snapshots'];

  static override args = {
    dir: Args.string({ description: 'The folder that holds the files.', required: true }),
  };

  async run(): Promise<ImportResult> {
    const { args, flags } = await this.parse(ImportSnapshots);
    return this.inContext(flags, async (context) => {
      const { config, clock, observer, signal } = context;
      const set = oneSet(config, flags.set);
      const bucket = await openBucket(set.slave, config.concurrency, context);
      return withRepository(set, context, { create: true }, async (repository) => {
        const result = await importSnapshots(
          { set: set.name, folder: args.dir },
          { repository, snapshotsDir: set.snapshotsDir, bucket, clock, observer, signal },
        );
        const text = render(result);
        if (result.failed > 0) context.print(text);
        else context.report(text);
        if (result.failed > 0) endInPart();
        return result;
      });
    });
  }
}

function render({ snapshots, failed, failures }: ImportResult): string {
  const lines = snapshots.map(({ file, snapshot, keys, bytes, existing, missing, duplicates, flags }) => {
    const about = [
      ...(existing ? ['was taken over before'] : []),
      ...(duplicates > 0 ? [`${countOf(duplicates, 'version')} stood there more than once`] : []),
      ...(missing > 0 ? [`${countOf(missing, 'version')} no longer in the bucket`] : []),
      ...flags,
    ];
    const more = about.length === 0 ? '' : `; ${about.join('; ')}`;
    return `${printable(file)} is ${snapshot}: ${countOf(keys, 'key')}, ${formatBytes(bytes)}${more}.`;
  });
  for (const { file, key, versionId, reason } of failures) {
    const what =
      key === null && versionId === null
        ? printable(file)
        : `${printable(file)}: ${printable(key ?? '?')} (version ${printable(versionId ?? '?')})`;
    lines.push(`Not taken: ${what}: ${printable(reason)}.`);
  }
  if (failed > failures.length)
    lines.push(`Not taken: ${formatCount(failed - failures.length)} more, not listed.`);
  const taken = snapshots.filter(({ existing }) => !existing).length;
  lines.push(
    `${countOf(taken, 'snapshot')} taken over, ${formatCount(snapshots.length - taken)} there before, ${formatCount(failed)} failed.`,
  );
  return lines.join('\n');
}
