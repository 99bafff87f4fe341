export { findConfig } from './find.ts';
export { loadConfig } from './load.ts';
export { secretsOf } from './config.ts';
export type * from './config.ts';
