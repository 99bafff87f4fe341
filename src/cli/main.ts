import { run } from '@oclif/core/run';
import { flush } from '@oclif/core/flush';
import { reportError } from './report-error.ts';

/** Runs one command line; the exit code of the process says how it ended. */
export async function main(args: string[], root: string): Promise<void> {
  try {
    await run(args, root);
    await flush();
  } catch (error) {
    reportError(error, args);
    await flush();
  }
}
