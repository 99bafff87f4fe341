import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { secretsOf } from '../config/config.ts';
import { diagnose, type Check, type Diagnosis } from '../doctor/doctor.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../ui/format.ts';

export default class Doctor extends BaseCommand {
  static override readonly isReadOnly = true;
  static override summary = 'Look for what would make backup or restore fail.';
  static override description =
    'Versioning, lifecycle and replication rules, permissions, clocks, the configuration file, SnapshotsDir and the snapshots in it. Nothing is written to a bucket. Exit code 1 where a check fails; warnings do not count.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --quiet'];

  async run(): Promise<Diagnosis> {
    const { flags } = await this.parse(Doctor);
    return this.inContext(flags, async (context) => {
      const { config, clock, signal } = context;
      const set = oneSet(config, flags.set);
      const diagnosis = await diagnose(
        {
          configPath: config.path,
          configHoldsSecrets: secretsOf(config).length > 0,
          snapshotsDir: set.snapshotsDir,
          policy: set.retentionPolicy,
          minimumRedundancy: set.minimumRedundancy,
          failedOver: set.failedOver,
          overdueHours: config.notifications?.overdueHours,
        },
        {
          master: await openBucket(set.master, config.concurrency, context),
          slave: await openBucket(set.slave, config.concurrency, context),
          withRepository: (work) => withRepository(set, context, {}, work),
          clock,
          signal,
        },
      );
      const shown = flags.quiet
        ? diagnosis.checks.filter((check) => check.status !== 'pass')
        : diagnosis.checks;
      if (shown.length > 0) context.print(shown.map(render).join('\n'));
      if (!diagnosis.ok) process.exitCode = exitCodes.FAILED;
      return diagnosis;
    });
  }
}

const labels = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL' };

function render({ id, status, message, hint }: Check): string {
  const line = `${labels[status]}  ${id.padEnd(17)}  ${printable(message)}`;
  return hint === null ? line : `${line}\n${' '.repeat(25)}${printable(hint)}`;
}
