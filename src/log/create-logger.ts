/** The logger of the program: lines to stderr, or to syslog; where syslog fails, stderr takes over. */
import type { Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { errorText } from './error-text.ts';
import { formatLine } from './line.ts';
import type { Fields, Logger, LogLevel } from './logger.ts';
import { openSyslog, type Syslog } from './syslog.ts';
import type { Severity } from './syslog-packet.ts';
import type { SyslogSettings } from './syslog-settings.ts';

export interface LoggerOptions {
  level: LogLevel;
  /** Absent: to stderr. */
  syslog?: SyslogSettings | undefined;
  /** Takes what syslog does not. */
  stderr: Writable;
  clock: Clock;
  /** Secrets to mask wherever they turn up. */
  secrets?: readonly string[];
}

const severities: Record<LogLevel, readonly Severity[]> = {
  quiet: ['warn', 'error'],
  info: ['info', 'warn', 'error'],
  debug: ['debug', 'info', 'warn', 'error'],
};

export function createLogger(options: LoggerOptions): Logger {
  return new LineLogger(options);
}

class LineLogger implements Logger {
  private readonly options: LoggerOptions;
  private readonly syslog: Syslog | undefined;
  private warnedOfSyslog = false;

  constructor(options: LoggerOptions) {
    this.options = options;
    // A reader of stderr that went away (`2>&1 | head`) must not end a restore; there is nowhere left to tell it.
    options.stderr.on('error', () => undefined);
    this.syslog = this.openSyslog();
  }

  debug(message: string, fields: Fields = {}): void {
    this.log('debug', message, fields);
  }

  info(message: string, fields: Fields = {}): void {
    this.log('info', message, fields);
  }

  warn(message: string, fields: Fields = {}): void {
    this.log('warn', message, fields);
  }

  error(message: string, fields: Fields = {}): void {
    this.log('error', message, fields);
  }

  async close(): Promise<void> {
    await this.syslog?.close();
    await new Promise((resolve) => this.options.stderr.write('', resolve));
  }

  private log(severity: Severity, message: string, fields: Fields): void {
    if (!severities[this.options.level].includes(severity)) return;
    const line = this.format(message, fields);
    if (this.syslog === undefined) this.toStderr(severity, line);
    else this.syslog.write(severity, line);
  }

  private openSyslog(): Syslog | undefined {
    const { syslog: settings, clock } = this.options;
    if (settings === undefined) return undefined;
    return openSyslog({
      settings,
      clock,
      divert: (severity, line, cause) => {
        this.warnOfSyslog(cause);
        this.toStderr(severity, line);
      },
      onDoubt: (cause) => {
        const message = 'syslog may not have read all lines of this run';
        this.toStderr('warn', this.format(message, { cause: errorText(cause) }));
      },
    });
  }

  private warnOfSyslog(cause: unknown): void {
    if (this.warnedOfSyslog) return;
    this.warnedOfSyslog = true;
    const message = 'syslog cannot be reached: what it does not take is logged here';
    this.toStderr('warn', this.format(message, { cause: syslogCause(cause) }));
  }

  private format(message: string, fields: Fields): string {
    return formatLine(message, fields, this.options.secrets ?? []);
  }

  private toStderr(severity: Severity, line: string): void {
    this.options.stderr.write(`${severity.toUpperCase()} ${line}\n`);
  }
}

/** What lies beneath (a module that is missing, a page of paths) is left out. */
function syslogCause(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return errorText(error.errors[0]);
  return error instanceof Error ? error.message : errorText(error);
}
