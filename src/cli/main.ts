import { run } from '@oclif/core/run';
import { systemErrorCode } from '../errors.ts';
import { reportError } from './report-error.ts';

/**
 * Runs one command line; the exit code of the process says how it ended. The process ends by itself, so that whatever was
 * written to a slow pipe is written.
 */
export async function main(args: string[], root: string): Promise<void> {
  process.stdout.on('error', (error) => {
    // A reader that went away (`| head`) has what it wanted, and a restore must not end over it.
    if (systemErrorCode(error) !== 'EPIPE') reportError(error, args);
  });
  try {
    await run(args, root);
  } catch (error) {
    reportError(error, args);
  }
}
