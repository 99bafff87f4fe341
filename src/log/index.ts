export { createLogger } from './create-logger.ts';
export type { LoggerOptions } from './create-logger.ts';
export type { Fields, Logger, LogLevel } from './logger.ts';
export { redact } from './redact.ts';
export { errorText } from './error-text.ts';
