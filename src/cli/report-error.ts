/** How every failure reaches the user: JSON on stdout or text on stderr, and the exit code of the one table. */
import { BackupError, type ErrorCode } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { redact } from '../log/redact.ts';

interface ReportedError {
  code: ErrorCode;
  message: string;
  hint?: string | undefined;
  /** For faults of this program: where. */
  stack?: string | undefined;
}

export function reportError(error: unknown, args: readonly string[]): void {
  // `--help` and `--version` end by an exit error of oclif's with code 0.
  if (oclifExit(error) === 0) return;
  const reported = toReported(error);
  process.exitCode = exitCodes[reported.code];
  if (wantsJson(args)) {
    const { code, message, hint } = reported;
    process.stdout.write(
      redact(`${JSON.stringify({ error: { code, message, hint: hint ?? null } }, null, 2)}\n`),
    );
  }
  process.stderr.write(redact(asText(reported)));
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

export function toReported(error: unknown): ReportedError {
  if (error instanceof BackupError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  if (oclifExit(error) !== undefined && error instanceof Error) {
    return { code: 'USAGE', message: usageMessage(error), hint: 'See backup-my-bucket --help.' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'FAILED',
    message: `Unexpected error: ${message}`,
    hint: 'This is a fault of backup-my-bucket; please report it with the lines above.',
    stack: error instanceof Error ? error.stack : undefined,
  };
}

function oclifExit(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined;
  const { oclif } = error as { oclif?: { exit?: number } };
  return oclif?.exit ?? 2;
}

function usageMessage(error: Error): string {
  return error.message.replace(/\s*See more help with --help\s*$/, '');
}

export function asText({ message, hint, stack }: ReportedError): string {
  const lines = stack === undefined ? [] : [stack];
  lines.push(`Error: ${message}`);
  if (hint !== undefined) lines.push(`Hint: ${hint}`);
  return `${lines.join('\n')}\n`;
}
