/** What the log tells of every run: one line when it starts, and one with its figures when it ends. */
import type { Clock } from '../clock.ts';
import type { BackupError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { errorText } from '../log/index.ts';
import type { Logger } from '../log/logger.ts';
import { figuresOf } from './figures.ts';
import { toReported } from './report-error.ts';

export interface RunLogOptions {
  /** As the user types it: `catalogue rebuild`. */
  command: string;
  version: string;
  /** The level of the lines of a run that ends well. */
  level: 'debug' | 'info';
  /** Whether the log must hold the error of a failed run; it stands on stderr in any case. */
  holdsErrors: boolean;
  log: Logger;
  clock: Clock;
}

export class RunLog {
  readonly #options: RunLogOptions;
  readonly #startedMs: number;

  constructor(options: RunLogOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
  }

  /** @param config path of the configuration file */
  started(config: string): void {
    const { log, level, command, version } = this.#options;
    log[level](`${command} started`, { version, config });
  }

  /** One of several. */
  partEnded(kind: 'set' | 'site', name: string, result: unknown): void {
    const { log, level, command } = this.#options;
    log[level](`${command} of one ${kind} ended`, { [kind]: name, ...figuresOf(result) });
  }

  /** What the others are not kept from: the run as a whole goes on, and does not end with it. */
  siteFailed(site: string, error: BackupError): void {
    const { log, holdsErrors, command } = this.#options;
    if (holdsErrors)
      log.error(`${command} of one site failed: ${errorText(error)}`, { site, code: error.code });
  }

  /**
   * @param exit the exit code; done in part is worth a warning, whatever the log level is (trap 30), unless it stands on the same
   * screen as the result that says so
   */
  ended(result: unknown, exit: number): void {
    const { log, level, holdsErrors, command } = this.#options;
    const isTrouble = exit !== 0 && exit !== exitCodes.THAWING;
    const isNews = holdsErrors || level === 'info';
    log[isTrouble && isNews ? 'warn' : level](`${command} ended`, {
      exit,
      durationMs: this.#durationMs(),
      ...figuresOf(result),
    });
  }

  failed(error: unknown): void {
    const { log, holdsErrors, command } = this.#options;
    if (!holdsErrors) return;
    const { code } = toReported(error);
    const fields = { exit: exitCodes[code], durationMs: this.#durationMs(), code };
    log.error(`${command} failed: ${errorText(error)}`, fields);
  }

  #durationMs(): number {
    return this.#options.clock.nowMs() - this.#startedMs;
  }
}
