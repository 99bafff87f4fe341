import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet, withContext } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { concurrencyFlag, prefixFlag } from '../cli/flags.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import { restore, type RestoreResult } from '../restore/restore.ts';
import { countOf, formatBytes, formatCount, formatDuration, printable } from '../ui/format.ts';

export default class Restore extends BaseCommand {
  static override summary = 'Bring the master bucket to the contents of a snapshot.';
  static override description =
    'Copies what differs and leaves what is the same alone. Without --delete-extra it deletes nothing. Into a versioned bucket it writes new versions, so that a restore can itself be undone.';
  static override examples = [
    '<%= config.bin %> restore latest --dry-run',
    '<%= config.bin %> restore 20261121T0400 --delete-extra',
    '<%= config.bin %> restore @"2026-11-20 18:00" --prefix photos/ --to-bucket rescue --to-prefix from-friday/',
  ];

  static override args = {
    snapshot: Args.string({
      description: 'A name, a unique beginning of one, latest, or @TIME.',
      required: true,
    }),
  };

  static override flags = {
    'to-bucket': Flags.string({ summary: 'Another bucket than the master.', helpValue: 'B' }),
    'to-dir': Flags.string({
      summary: 'A directory instead of a bucket: a file for each key, without metadata and tags.',
      helpValue: 'D',
      exclusive: ['to-bucket', 'delete-extra'],
    }),
    'escape-names': Flags.boolean({
      summary: 'With --to-dir: restore keys that cannot be file names under others, with a table of them.',
      dependsOn: ['to-dir'],
    }),
    'to-prefix': Flags.string({ summary: 'Put before every key.', helpValue: 'P', default: '' }),
    prefix: prefixFlag,
    include: Flags.string({
      summary: 'Only keys that match the glob; * matches slashes too. May be given several times.',
      helpValue: 'G',
      multiple: true,
      multipleNonGreedy: true,
    }),
    exclude: Flags.string({
      summary: 'No keys that match the glob. May be given several times.',
      helpValue: 'G',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'storage-class': Flags.string({
      summary: 'Storage class of what is copied, instead of its own.',
      helpValue: 'CLASS',
    }),
    sse: Flags.option({
      options: ['AES256', 'aws:kms', 'aws:kms:dsse'] as const,
      summary: "Encryption of what is copied, instead of the destination's default.",
    })(),
    'sse-kms-key-id': Flags.string({
      summary: 'Key for --sse aws:kms.',
      helpValue: 'KEY',
      dependsOn: ['sse'],
    }),
    'checksum-algorithm': Flags.option({
      options: ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const,
      summary: 'Checksum that the destination computes and keeps.',
    })(),
    exact: Flags.boolean({
      summary:
        "Carry each version's own encryption and website redirect too; costs a request more per object.",
      default: false,
    }),
    'delete-extra': Flags.boolean({ summary: 'Delete what the snapshot does not hold.', default: false }),
    'dry-run': Flags.boolean({ summary: 'Show what would be done.', default: false }),
    force: Flags.boolean({
      summary:
        'Restore from a snapshot that is being deleted; delete extra objects from a bucket without versioning.',
      default: false,
    }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<RestoreResult> {
    const { args, flags } = await this.parse(Restore);
    return withContext(flags, async (context) => {
      const { clock, observer, signal, config } = context;
      const set = oneSet(config, flags.set);
      const concurrency = flags.concurrency ?? config.concurrency;
      const source = await openBucket(set.slave, concurrency, context);
      const directory = flags['to-dir'];
      const to = { ...set.master, bucket: flags['to-bucket'] ?? set.master.bucket };
      const destination =
        directory === undefined ? await openBucket(to, concurrency, context) : { directory };
      return withRepository(set, context, {}, async (repository) => {
        const chosen = repository.find(source.name, args.snapshot, (text) => parseTime(text, clock.nowMs()));
        const result = await restore(
          {
            snapshot: chosen.name,
            prefix: flags.prefix ?? '',
            include: flags.include ?? [],
            exclude: flags.exclude ?? [],
            escapeNames: flags['escape-names'] ?? false,
            toPrefix: flags['to-prefix'],
            deleteExtra: flags['delete-extra'],
            dryRun: flags['dry-run'],
            force: flags.force,
            storageClass: flags['storage-class'],
            encryption:
              flags.sse === undefined
                ? undefined
                : { algorithm: flags.sse, kmsKeyId: flags['sse-kms-key-id'] },
            checksumAlgorithm: flags['checksum-algorithm'],
            isExact: flags.exact,
            concurrency,
          },
          {
            repository,
            snapshotsDir: set.snapshotsDir,
            source,
            destination,
            hasOtherCredentials:
              JSON.stringify(set.master.credentials) !== JSON.stringify(set.slave.credentials),
            clock,
            observer,
            signal,
          },
        );
        const text = render(result, flags['delete-extra']);
        if (result.dryRun) context.print(text);
        else context.report(text);
        if (result.failed > 0) endInPart();
        return result;
      });
    });
  }
}

/** Failures on the screen; the file has all. */
const maxShown = 50;

function render(result: RestoreResult, deleteExtra: boolean): string {
  const { plan, snapshot, destination, resumed } = result;
  const where = `${destination.directory ?? destination.bucket}${destination.prefix === '' ? '' : `/${printable(destination.prefix)}`}`;
  const extra = deleteExtra
    ? `${countOf(plan.extra, 'object')} to delete`
    : `${countOf(plan.extra, 'extra object')} left alone`;
  const lines = [
    `Plan: ${snapshot} into ${where}: ${countOf(plan.copy - plan.undelete, 'object')} to copy (${formatBytes(plan.bytes)}), ` +
      `${countOf(plan.undelete, 'object')} to undelete, ${countOf(plan.same, 'object')} same already, ${extra}.`,
  ];
  if (result.dryRun) return [...lines, 'Dry run: nothing was changed.'].join('\n');
  if (resumed !== null) {
    lines.push(`Resumed: an earlier run of this restore had copied ${countOf(resumed.copied, 'object')}.`);
  }
  for (const { key, versionId, code, message } of result.failures.slice(0, maxShown)) {
    lines.push(
      `Failed: ${printable(key)}${versionId === null ? '' : ` (version ${versionId})`}: ${code}: ${printable(message)}`,
    );
  }
  if (result.failed > maxShown) lines.push(`Failed: ${formatCount(result.failed - maxShown)} more.`);
  if (result.failuresFile !== null) lines.push(`All that failed is listed in ${result.failuresFile}.`);
  lines.push(
    `Restored: ${countOf(result.copied, 'object')} copied (${formatBytes(result.bytes)}), ${result.undeleted} undeleted, ${result.deleted} deleted, ` +
      `${result.failed} failed; ${formatDuration(result.durationMs)}.`,
  );
  return lines.join('\n');
}
