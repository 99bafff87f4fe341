/** What the rest of the program knows of logging. */

/** `quiet`: warnings and errors only. */
export type LogLevel = 'quiet' | 'info' | 'debug';

/** Shown as ` key=value` after the message. */
export type Fields = Readonly<Record<string, string | number | boolean>>;

/** One call is one line, whatever the message holds; secrets in it are masked. No call throws or waits. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** Resolves when every line has reached its destination. Nothing may be logged afterwards. */
  close(): Promise<void>;
}
