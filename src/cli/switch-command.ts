/** What `failover` and `failback` share. */
import { readFile } from 'node:fs/promises';
import type { BackupSet, BucketLocation, Config } from '../config/config.ts';
import { loadConfig } from '../config/index.ts';
import { replaceConfigFile } from '../config/replace-file.ts';
import { switchedRoles } from '../config/switch-roles.ts';
import { switchRoles, type SwitchOptions, type SwitchResult } from '../failover/switch.ts';
import { printable } from '../ui/format.ts';
import { oneSet, type CommonFlags, type Context } from './context.ts';
import { openBucket, withRepository } from './resources.ts';

export async function runSwitch(
  direction: SwitchOptions['direction'],
  flags: CommonFlags & { 'dry-run': boolean; force: boolean },
  context: Context,
): Promise<SwitchResult> {
  const { config, clock, observer, signal } = context;
  const set = oneSet(config, flags.set);
  const options = {
    direction,
    set: set.name,
    failedOver: set.failedOver,
    dryRun: flags['dry-run'],
    force: flags.force,
  };
  const result = await withRepository(set, context, {}, async (repository) =>
    switchRoles(options, {
      repository,
      master: await openBucket(set.master, config.concurrency, context),
      slave: await openBucket(set.slave, config.concurrency, context),
      switchFile: (mark, dryRun) => switchFile(config, set, mark, dryRun),
      clock,
      observer,
      signal,
    }),
  );
  context.print(render(result));
  return result;
}

/** The text anew: it may have been edited since the run began. */
async function switchFile(
  config: Config,
  set: BackupSet,
  mark: string | undefined,
  dryRun: boolean,
): Promise<string | null> {
  const source = await readFile(config.path, 'utf8');
  const isList = (JSON.parse(source) as { BackupSets?: unknown }).BackupSets !== undefined;
  const path = isList ? ['BackupSets', config.sets.indexOf(set)] : ['BackupSet'];
  const text = switchedRoles(source, path, mark);
  if (dryRun) return null;
  const suffix = `before-${mark === undefined ? 'failback' : 'failover'}-${nameOf(mark ?? set.failedOver ?? '')}`;
  return replaceConfigFile(config.path, text, suffix, async (changed) => {
    const read = (await loadConfig(changed)).sets.find(({ name }) => name === set.name);
    const isSwitched =
      read !== undefined &&
      read.failedOver === mark &&
      isSameLocation(read.master, set.slave) &&
      isSameLocation(read.slave, set.master);
    if (!isSwitched) throw new Error('The changed configuration file does not say what it should.');
  });
}

/** Field by field: the SDK notes things of its own in the credentials that it is given. */
function isSameLocation(a: BucketLocation, b: BucketLocation): boolean {
  return (
    a.bucket === b.bucket &&
    a.region === b.region &&
    a.endpoint === b.endpoint &&
    a.credentials?.accessKeyId === b.credentials?.accessKeyId &&
    a.credentials?.secretAccessKey === b.credentials?.secretAccessKey
  );
}

function nameOf(time: string): string {
  return time.replaceAll(/[-:]|\.\d+/g, '');
}

const labels = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL' };

function render({ master, slave, dryRun, checks, copy, nextSteps }: SwitchResult): string {
  const lines = checks.map(({ status, message }) => `${labels[status]}  ${printable(message)}`);
  const isRefused = checks.some(({ status }) => status === 'fail');
  if (dryRun && isRefused) lines.push('The roles would not be switched: what failed stands against it.');
  const would = dryRun ? 'would be' : 'is';
  lines.push(`${printable(master)} ${would} the master, ${printable(slave)} the slave.`);
  if (copy !== null) lines.push(`The configuration file as it was: ${printable(copy)}`);
  lines.push('What to do next:', ...nextSteps.map((step, index) => `${index + 1}. ${printable(step)}`));
  return lines.join('\n');
}
