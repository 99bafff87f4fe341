import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { Lines } from '../cli/lines.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { findSnapshot, snapshotArg } from '../cli/snapshot-args.ts';
import { countOf, formatCount, printable } from '../ui/format.ts';
import type { MissingVersion } from '../verify/find-missing.ts';
import { verifySnapshot, type VerifyResult } from '../verify/verify.ts';

export type VerifyDocument = VerifyResult & { missing: MissingVersion[] };

export default class Verify extends BaseCommand {
  static override summary = 'Check that a snapshot could be restored.';
  static override description =
    'Reads every range of the index and compares it with its hash; then lists the slave bucket once and looks for every version that the snapshot names. Objects are not read. A range that is damaged is set aside as .damaged, so that the next snapshot that begins writes it anew where it has the same entries. Exit code 3: something is damaged or missing, and all of it is listed.';
  static override examples = [
    '<%= config.bin %> verify latest',
    '<%= config.bin %> verify @30d --index-only',
  ];

  static override args = { snapshot: snapshotArg };

  static override flags = {
    'index-only': Flags.boolean({ summary: 'Only the index, without asking the bucket.', default: false }),
  };

  async run(): Promise<VerifyDocument> {
    const { args, flags } = await this.parse(Verify);
    return this.inContext(flags, async (context) => {
      const { config, clock, observer, signal } = context;
      const set = oneSet(config, flags.set);
      const bucket = flags['index-only']
        ? undefined
        : await openBucket(set.slave, config.concurrency, context);
      return withRepository(set, context, {}, async (repository) => {
        const { name } = findSnapshot(repository, set.slave.bucket, args.snapshot, clock);
        const missing: MissingVersion[] = [];
        const lines = new Lines(context);
        const onMissing = async (version: MissingVersion): Promise<unknown> =>
          flags.json === true ? missing.push(version) : lines.add(missingLine(version));
        const result = await verifySnapshot(name, { repository, bucket, onMissing, observer, signal });
        await lines.end();
        const isWhole = result.ranges.damaged === 0 && result.versions.missing === 0;
        const text = render(result, flags['index-only']);
        if (isWhole) context.report(text);
        else context.print(text);
        if (!isWhole) endInPart();
        return { ...result, missing };
      });
    });
  }
}

function missingLine({ key, versionId, reason }: MissingVersion): string {
  return `${reason === 'missing' ? 'Missing' : 'Overwritten since'}: ${printable(key)} (version ${printable(versionId)})`;
}

function render({ snapshot, state, ranges, versions, damaged }: VerifyResult, indexOnly: boolean): string {
  const lines = damaged.map(
    ({ message, keys, firstKey, lastKey, movedTo }) =>
      `Damaged: ${message} It names ${countOf(keys, 'key')}, ${printable(firstKey)} to ${printable(lastKey)}.` +
      (movedTo === null
        ? ''
        : ` It was moved to ${movedTo}: the next snapshot that begins writes it anew where it has the same entries, which mends all that share it.`),
  );
  if (state === 'deleting') lines.push(`gc has begun to delete ${snapshot}: versions are missing by intent.`);
  const index = `${countOf(ranges.checked, 'range')} read, ${formatCount(ranges.damaged)} damaged`;
  const unchecked =
    versions.unchecked > 0
      ? `, ${formatCount(versions.unchecked)} that damaged ranges named not looked for`
      : '';
  const bucket = indexOnly
    ? 'the bucket was not asked'
    : `${countOf(versions.checked, 'version')} looked for, ${formatCount(versions.missing)} missing${unchecked}`;
  lines.push(`${snapshot}: ${index}; ${bucket}.`);
  return lines.join('\n');
}
