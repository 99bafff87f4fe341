/**
 * Ctrl-C and SIGTERM stop cleanly: the first aborts the signal that use cases watch, a second one of Ctrl-C ends the
 * process at once (what it leaves behind, the next run mends).
 */
import { BackupError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

export interface Interrupt {
  signal: AbortSignal;
  dispose(): void;
}

/** @param hint how to go on after a stop */
export function watchInterrupts(hint: string): Interrupt {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.INTERRUPTED);
    controller.abort(new BackupError('INTERRUPTED', 'Interrupted.', { hint }));
  };
  const onTerminate = (): void => {
    controller.abort(new BackupError('TERMINATED', 'Terminated.', { hint }));
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
