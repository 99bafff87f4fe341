import { Args, Flags, type Interfaces } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { concurrencyFlag, prefixFlag } from '../cli/flags.ts';
import { followServer } from '../cli/follow-server.ts';
import { renderRestore } from '../cli/render-restore.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import { takeUndoPoint } from '../cli/undo-point.ts';
import type { BackupSet, BucketLocation } from '../config/config.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseTagPattern } from '../restore/exclude-tags.ts';
import type { RestoreOptions } from '../restore/options.ts';
import { restore, type RestoreResult } from '../restore/restore.ts';
import type { Bucket } from '../s3/open-bucket.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';

export default class Restore extends BaseCommand {
  static override summary = 'Bring the master bucket to the contents of a snapshot.';
  static override description =
    'Copies what differs and leaves what is the same alone. Without --delete-extra it deletes nothing. Into a versioned bucket it writes new versions, and a snapshot of it is taken first, so that a restore can itself be undone. Interrupted, it goes on when the same command is run again.';
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
      exclusive: ['to-bucket', 'delete-extra', 'acl', 'parts-above'],
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
    'exclude-tag': Flags.string({
      summary:
        'No objects that carry the tag, such as Deleted=True of a mirror: as if the snapshot did not hold them. A request for each key. May be given several times.',
      helpValue: 'K[=V]',
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
    acl: Flags.boolean({
      summary:
        'Give each copy the access control list of its source, where the bucket takes any; a request more per object, three where it is not the default one.',
      default: false,
    }),
    'delete-extra': Flags.boolean({ summary: 'Delete what the snapshot does not hold.', default: false }),
    'dry-run': Flags.boolean({ summary: 'Show what would be done.', default: false }),
    'plan-file': Flags.string({
      summary: 'With --dry-run: write every action there, a line of JSON each.',
      helpValue: 'PATH',
      dependsOn: ['dry-run'],
    }),
    'thaw-tier': Flags.option({
      options: ['Expedited', 'Standard', 'Bulk'] as const,
      summary: 'How fast archived versions are thawed; Standard unless told otherwise.',
    })(),
    'thaw-days': Flags.integer({
      summary: 'How long thawed versions stay readable; 7 unless told otherwise.',
      helpValue: 'N',
      min: 1,
    }),
    wait: Flags.boolean({
      summary: 'Stay until archived versions are thawed and restored, instead of exit code 75.',
      default: false,
    }),
    verify: Flags.boolean({
      summary: 'When done, look at the destination anew and list what differs from the snapshot.',
      default: false,
    }),
    'undo-point': Flags.boolean({
      summary: 'Take a snapshot of the destination first, where it is the master or the slave.',
      default: true,
      allowNo: true,
    }),
    force: Flags.boolean({
      summary:
        'Restore from a snapshot that is being deleted; delete extra objects from a bucket without versioning.',
      default: false,
    }),
    'parts-above': Flags.integer({
      summary:
        'Copy larger objects in parts, where the store is faster so; from 5 GiB on they always are copied in parts. Measure before: it takes more requests.',
      helpValue: 'MIB',
      min: 64,
      max: 5120,
    }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<RestoreResult> {
    const { args, flags } = await this.parse(Restore);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      return withRepository(set, context, {}, async (repository) => {
        const chosen = findSource(repository, set, args.snapshot, context.clock.nowMs());
        const options = optionsFrom(flags, chosen.name, context.config.concurrency);
        const { gate, onRequest } = followServer(options.concurrency, context);
        const open = (location: BucketLocation): Promise<Bucket> =>
          openBucket(location, options.concurrency, context, onRequest);
        const destination =
          flags['to-dir'] === undefined
            ? await open({ ...set.master, bucket: flags['to-bucket'] ?? set.master.bucket })
            : { directory: flags['to-dir'] };
        const result = await restore(options, {
          repository,
          snapshotsDir: set.snapshotsDir,
          source: await open(chosen.location),
          destination,
          hasOtherCredentials:
            JSON.stringify(set.master.credentials) !== JSON.stringify(set.slave.credentials),
          gate,
          takeUndoPoint:
            flags['undo-point'] && !('directory' in destination)
              ? (prefix) => {
                  const of = { set, restored: chosen.name, destination, repository };
                  return takeUndoPoint({ ...of, concurrency: options.concurrency }, prefix, context);
                }
              : undefined,
          clock: context.clock,
          observer: context.observer,
          signal: context.signal,
        });
        const text = renderRestore(result, options.deleteExtra);
        if (result.dryRun) context.print(text);
        else context.report(text);
        endBy(result);
        return result;
      });
    });
  }
}

/** A snapshot of the slave; or, by its name, one that an earlier restore took of the master. */
function findSource(
  repository: SnapshotRepository,
  { master, slave }: BackupSet,
  reference: string,
  nowMs: number,
): { name: string; location: BucketLocation } {
  const ofMaster = master.bucket === slave.bucket ? [] : repository.list(master.bucket);
  const found = ofMaster.find(({ name }) => name === reference);
  if (found !== undefined && !repository.list(slave.bucket).some(({ name }) => name === reference))
    return { name: found.name, location: master };
  const { name } = repository.find(slave.bucket, reference, (text) => parseTime(text, nowMs));
  return { name, location: slave };
}

type RestoreFlags = Interfaces.InferredFlags<typeof Restore.flags>;

function optionsFrom(flags: RestoreFlags, snapshot: string, concurrency: number): RestoreOptions {
  return {
    snapshot,
    prefix: flags.prefix ?? '',
    include: flags.include ?? [],
    exclude: flags.exclude ?? [],
    excludeTags: (flags['exclude-tag'] ?? []).map(parseTagPattern),
    toPrefix: flags['to-prefix'],
    deleteExtra: flags['delete-extra'],
    dryRun: flags['dry-run'],
    planFile: flags['plan-file'],
    force: flags.force,
    concurrency: flags.concurrency ?? concurrency,
    escapeNames: flags['escape-names'] ?? false,
    storageClass: flags['storage-class'],
    encryption:
      flags.sse === undefined ? undefined : { algorithm: flags.sse, kmsKeyId: flags['sse-kms-key-id'] },
    checksumAlgorithm: flags['checksum-algorithm'],
    isExact: flags.exact,
    carriesAcl: flags.acl,
    partsAboveBytes: flags['parts-above'] === undefined ? undefined : flags['parts-above'] * 1024 ** 2,
    thawTier: flags['thaw-tier'],
    thawDays: flags['thaw-days'],
    wait: flags.wait,
    verify: flags.verify,
  };
}

/** What failed or differs outweighs what is only not there yet. */
function endBy({ failed, thawing, verification }: RestoreResult): void {
  if (failed > 0 || ((verification?.different ?? 0) > 0 && thawing === 0)) endInPart();
  else if (thawing > 0) process.exitCode = exitCodes.THAWING;
}
