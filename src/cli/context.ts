/** What a command works with: configuration, log, progress, clock and the signal that stops it. */
import { systemClock, type Clock } from '../clock.ts';
import { findConfig, loadConfig, secretsOf } from '../config/index.ts';
import type { BackupSet, Config, LogLevel } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { createLogger } from '../log/index.ts';
import type { Logger } from '../log/logger.ts';
import type { Observer } from '../observer.ts';
import { createProgressRenderer } from '../ui/progress.ts';
import { besideLine, openTerminalLine } from '../ui/terminal-line.ts';
import { watchInterrupts } from './interrupt.ts';
import { feederCommands, sites } from '../run-outcome.ts';
import { afterRun } from './after-run.ts';
import { Outcomes } from './outcomes.ts';
import { RunLog } from './run-log.ts';
import { writeToReader } from './write-to-reader.ts';

export interface CommonFlags {
  config?: string | undefined;
  set?: string | undefined;
  quiet: boolean;
  'no-progress': boolean;
  'log-level'?: LogLevel | undefined;
  'dry-run'?: boolean | undefined;
  json?: boolean | undefined;
}

export interface Context {
  config: Config;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  observer: Observer;
  run: RunLog;
  /** Of several sets, each tells its own; else the run's end is that of its set. */
  outcomes: Outcomes;
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

/** The command that runs. */
export interface RunningCommand {
  /** As the user types it: `catalogue rebuild`. */
  name: string;
  version: string;
  /** One that changes nothing tells of itself in the log with `debug` only. */
  isReadOnly: boolean;
}

const usualGoOnHint = 'Run the same command again; what was done stays done.';

/**
 * Opens the context, runs `work` in it, and closes it whatever happens: nothing logged is lost. Start and result stand in the log.
 * @param goOnHint what to do after Ctrl-C or SIGTERM
 */
export async function withContext<T>(
  command: RunningCommand,
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
    clock,
    secrets: secretsOf(config),
  });
  const isOnScreen = config.syslog === undefined && process.stderr.isTTY;
  const run = new RunLog({
    command: command.name,
    version: command.version,
    level: command.isReadOnly || isOnScreen ? 'debug' : 'info',
    holdsErrors: config.syslog !== undefined,
    log,
    clock,
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
  const outcomes = new Outcomes(command.name, clock);
  const only = setOf(command, flags, config);
  const interrupt = watchInterrupts(goOnHint);
  run.started(config.path);
  try {
    const result = await work({
      config,
      clock,
      log,
      signal: interrupt.signal,
      observer,
      run,
      outcomes,
      print,
      report,
      write,
    });
    const exitCode = Number(process.exitCode ?? 0);
    run.ended(result, exitCode);
    if (outcomes.list.length === 0 && only !== undefined) outcomes.ended(only, result, exitCode);
    return result;
  } catch (error) {
    run.failed(error);
    if (only !== undefined) outcomes.failed(only, error);
    throw error;
  } finally {
    interrupt.dispose();
    line?.clear();
    if (tellsOfItself(command, flags)) await afterRun(outcomes.list, { config, clock, log });
    await log.close();
  }
}

/** What a run without several sets is told under: its set, or `sites`. Undefined where nobody can know. */
function setOf({ name }: RunningCommand, flags: CommonFlags, { sets }: Config): string | undefined {
  if (feederCommands.has(name)) return sites;
  return flags.set ?? (sets.length === 1 ? sets[0]?.name : undefined);
}

/** Views are nobody's business, but doctor's verdict is; a dry run has done nothing. */
function tellsOfItself({ name, isReadOnly }: RunningCommand, flags: CommonFlags): boolean {
  return (!isReadOnly || name === 'doctor') && flags['dry-run'] !== true;
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
