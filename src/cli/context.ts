/** What a command works with: configuration, log, progress, clock and the signal that stops it. */
import { systemClock, type Clock } from '../clock.ts';
import { findConfig, loadConfig, secretsOf } from '../config/index.ts';
import type { BackupSet, Config, LogLevel } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { createLogger, errorText } from '../log/index.ts';
import type { Logger } from '../log/logger.ts';
import type { Observer } from '../observer.ts';
import { createProgressRenderer } from '../ui/progress.ts';
import { besideLine, openTerminalLine } from '../ui/terminal-line.ts';
import { watchInterrupts } from './interrupt.ts';
import { toReported } from './report-error.ts';
import { writeToReader } from './write-to-reader.ts';

export interface CommonFlags {
  config?: string | undefined;
  set?: string | undefined;
  quiet: boolean;
  'no-progress': boolean;
  'log-level'?: LogLevel | undefined;
  json?: boolean | undefined;
}

export interface Context {
  config: Config;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  observer: Observer;
  /** What was asked for, as text on stdout; nothing with `--json`, which prints what the command returns. */
  print(text: string): void;
  /** What was done: as `print`, but not with `--quiet`; and a line of the log, where that is not on the same screen. */
  report(text: string): void;
  /**
   * Part of a result that is too large to be held: text for stdout as it is, no faster than its reader takes it.
   * @returns false once the reader has gone away
   */
  write(text: string): Promise<boolean>;
}

const usualGoOnHint = 'Run the same command again; what was done stays done.';

/**
 * Opens the context, runs `work` in it, and closes it whatever happens: nothing logged is lost.
 * @param goOnHint what to do after Ctrl-C or SIGTERM
 */
export async function withContext<T>(
  flags: CommonFlags,
  work: (context: Context) => Promise<T>,
  goOnHint = usualGoOnHint,
): Promise<T> {
  const config = await loadConfig(findConfig({ flag: flags.config, env: process.env, cwd: process.cwd() }));
  const clock = systemClock;
  const line = flags.quiet || flags['no-progress'] ? undefined : await openTerminalLine(process.stderr);
  const log = createLogger({
    level: flags['log-level'] ?? levelOf(flags, config),
    syslog: config.syslog,
    stderr: besideLine(process.stderr, line),
    secrets: secretsOf(config),
  });
  const observer: Observer = { log, progress: createProgressRenderer({ clock, log, line }) };
  const print = (text: string): void => {
    line?.clear();
    if (flags.json !== true) process.stdout.write(`${text}\n`);
  };
  const report = (text: string): void => {
    if (!flags.quiet) print(text);
    if (config.syslog !== undefined) for (const each of text.split('\n')) log.info(each);
  };
  const write = async (text: string): Promise<boolean> => {
    line?.clear();
    return writeToReader(process.stdout, text);
  };
  const interrupt = watchInterrupts(goOnHint);
  try {
    return await work({ config, clock, log, signal: interrupt.signal, observer, print, report, write });
  } catch (error) {
    // The error goes to stderr in any case; a log that goes elsewhere must have it too.
    if (config.syslog !== undefined) log.error(errorText(error), { code: toReported(error).code });
    throw error;
  } finally {
    interrupt.dispose();
    line?.clear();
    await log.close();
  }
}

/** `--quiet` is for the screen and for cron's mails: a log that goes to syslog keeps its level. */
function levelOf(flags: CommonFlags, config: Config): LogLevel {
  return flags.quiet && config.syslog === undefined ? 'quiet' : config.logLevel;
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
  if (config.sets.length === 0) {
    throw new BackupError('USAGE', `There is no backup set in ${config.path}.`, {
      hint: 'This command works on a backup set: add BackupSet to the file, or name another file with --config.',
    });
  }
  if (name === undefined) return config.sets;
  const found = config.sets.filter((set) => set.name === name);
  if (found.length > 0) return found;
  throw new BackupError('USAGE', `There is no backup set "${name}" in ${config.path}.`, {
    hint: `The sets are: ${config.sets.map((set) => set.name).join(', ')}.`,
  });
}
