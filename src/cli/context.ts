/** What a command works with: configuration, log, progress, clock and the signal that stops it. */
import { systemClock, type Clock } from '../clock.ts';
import { findConfig, loadConfig, secretsOf } from '../config/index.ts';
import type { BackupSet, Config, LogLevel } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { createLogger, errorText } from '../log/index.ts';
import type { Logger } from '../log/logger.ts';
import type { Observer } from '../observer.ts';
import { createProgressRenderer } from '../ui/progress.ts';
import { watchInterrupts } from './interrupt.ts';
import { toReported } from './report-error.ts';

export interface CommonFlags {
  config?: string | undefined;
  set?: string | undefined;
  quiet: boolean;
  'no-progress': boolean;
  'log-level'?: LogLevel | undefined;
}

export interface Context {
  config: Config;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  observer: Observer;
}

/** Opens the context, runs `work` in it, and closes it whatever happens: nothing logged is lost. */
export async function withContext<T>(flags: CommonFlags, work: (context: Context) => Promise<T>): Promise<T> {
  const config = await loadConfig(findConfig({ flag: flags.config, env: process.env, cwd: process.cwd() }));
  const clock = systemClock;
  const secrets = secretsOf(config);
  const log = createLogger({
    level: flags['log-level'] ?? config.logLevel,
    syslog: config.syslog,
    stderr: process.stderr,
    secrets,
  });
  const line = !flags.quiet && !flags['no-progress'];
  const renderer = await createProgressRenderer({ clock, log, stderr: process.stderr, line });
  const interrupt = watchInterrupts();
  const observer: Observer = { log, progress: (progress) => renderer.update(progress) };
  try {
    return await work({ config, clock, log, signal: interrupt.signal, observer });
  } catch (error) {
    // The error goes to stderr in any case; a log that goes elsewhere must have it too.
    if (config.syslog !== undefined) log.error(errorText(error), { code: toReported(error).code });
    throw error;
  } finally {
    interrupt.dispose();
    renderer.end();
    await log.close();
  }
}

/** The set that `--set` names, or the only one. */
export function oneSet(config: Config, name: string | undefined): BackupSet {
  const [first, ...others] = chosenSets(config, name);
  if (first === undefined || others.length > 0) {
    throw new BackupError('USAGE', `The configuration has ${config.sets.length} backup sets.`, {
      hint: `Choose one with --set: ${config.sets.map((set) => set.name).join(', ')}.`,
    });
  }
  return first;
}

/** The set that `--set` names, or all. */
export function chosenSets(config: Config, name: string | undefined): BackupSet[] {
  if (name === undefined) return config.sets;
  const found = config.sets.filter((set) => set.name === name);
  if (found.length > 0) return found;
  throw new BackupError('USAGE', `There is no backup set "${name}" in ${config.path}.`, {
    hint: `The sets are: ${config.sets.map((set) => set.name).join(', ')}.`,
  });
}
