/** The logger of the program: winston, to stderr or to syslog. */
import { createRequire } from 'node:module';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import type winston from 'winston';
import { errorText } from './error-text.ts';
import { formatLine } from './line.ts';
import type { Fields, Logger, LogLevel } from './logger.ts';
import { createSyslogTransport } from './syslog.ts';
import type { SyslogSettings, SyslogTransport } from './syslog.ts';

export interface LoggerOptions {
  level: LogLevel;
  /** Absent: to stderr. */
  syslog?: SyslogSettings | undefined;
  /** Takes what syslog does not. */
  stderr: Writable;
  /** Secrets to mask wherever they turn up. */
  secrets?: readonly string[];
}

type Severity = 'debug' | 'info' | 'warn' | 'error';

const severities: Record<LogLevel, readonly Severity[]> = {
  quiet: ['warn', 'error'],
  info: ['info', 'warn', 'error'],
  debug: ['debug', 'info', 'warn', 'error'],
};

/** Loads winston at the first line that is logged: most runs of short commands log nothing. Where syslog fails, stderr takes over. */
export function createLogger(options: LoggerOptions): Logger {
  return new WinstonLogger(options);
}

class WinstonLogger implements Logger {
  private readonly options: LoggerOptions;
  private open: winston.Logger | undefined;
  private syslog: SyslogTransport | undefined;
  private warnedOfSyslog = false;

  constructor(options: LoggerOptions) {
    this.options = options;
    // A reader of stderr that went away (`2>&1 | head`) must not end a restore; there is nowhere left to tell it.
    options.stderr.on('error', () => undefined);
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
    const { open, syslog } = this;
    this.open = undefined;
    if (open !== undefined) {
      const finished = once(open, 'finish');
      open.end();
      await finished;
      syslog?.close();
    }
    await new Promise((resolve) => this.options.stderr.write('', resolve));
  }

  private log(level: Severity, message: string, fields: Fields): void {
    if (!severities[this.options.level].includes(level)) return;
    this.open ??= this.load();
    this.open.log({ level, message: formatLine(message, fields, this.options.secrets ?? []) });
  }

  private load(): winston.Logger {
    const {
      createLogger: createWinston,
      format,
      transports,
    } = createRequire(import.meta.url)('winston') as typeof winston;
    this.syslog = this.openSyslog();
    const transport =
      this.syslog ??
      new transports.Stream({
        stream: this.options.stderr,
        format: format.printf(({ level, message }) => stderrLine(level, String(message))),
      });
    const plain = format.printf(({ message }) => String(message));
    return createWinston({ level: 'debug', format: plain, transports: [transport] });
  }

  private openSyslog(): SyslogTransport | undefined {
    if (this.options.syslog === undefined) return undefined;
    try {
      return createSyslogTransport(this.options.syslog, ({ level, message }, cause) => {
        this.warnOfSyslog(cause);
        this.options.stderr.write(`${stderrLine(level, message)}\n`);
      });
    } catch (error) {
      this.warnOfSyslog(error);
      return undefined;
    }
  }

  private warnOfSyslog(cause: unknown): void {
    if (this.warnedOfSyslog) return;
    this.warnedOfSyslog = true;
    const message = 'syslog cannot be reached: what it does not take is logged here';
    const line = formatLine(message, { cause: syslogCause(cause) }, this.options.secrets ?? []);
    this.options.stderr.write(`${stderrLine('warn', line)}\n`);
  }
}

function stderrLine(level: string, line: string): string {
  return `${level.toUpperCase()} ${line}`;
}

/** The add-on for unix sockets tells errors by negative numbers, and a missing module by a page of paths. */
function syslogCause(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0) {
    return getSystemErrorName(error.code);
  }
  return errorText(error).split('\n')[0] ?? '';
}
