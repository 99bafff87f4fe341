/** How use cases tell the outside what they are doing; terminal, log and silence are renderers of it. */
import type { Logger } from './log/logger.ts';

export interface Progress {
  /** What is being done, in the user's words: `listing`, `copying`. */
  phase: string;
  /** Units finished in this phase. */
  done: number;
  /** How many there will be, where that is known or can be estimated. */
  total?: number;
  unit: 'keys' | 'objects' | 'versions';
  /** Bytes finished, where bytes are moved. */
  doneBytes?: number;
  totalBytes?: number;
  requestsInFlight?: number;
}

export interface Observer {
  log: Logger;
  progress(progress: Progress): void;
}
