/** Runs the built command as a script would: no terminal, its output collected. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** The built command of this checkout, unless the environment names another: that of a package. */
export const executable =
  process.env['BMB_EXECUTABLE'] ?? join(import.meta.dirname, '../../bin/backup-my-bucket');
const timeLimitMs = 300_000;

export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  /** The built command of this checkout unless told otherwise. */
  command?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Of somebody else; only root may. */
  uid?: number;
  gid?: number;
  /** Called with the process once it runs, to kill it. */
  onStart?: (child: ChildProcess) => void;
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { command = executable, cwd, env = process.env, uid, gid, onStart } = options;
  const child = spawn(command, args, {
    env,
    timeout: timeLimitMs,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  onStart?.(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

/** Runs a command with `--json` that has to end with `code`, and returns what it printed. */
export async function runJson<T>(
  args: readonly string[],
  code = 0,
  options: CommandOptions = {},
): Promise<T> {
  return parseJson<T>(args, await runCommand([...args, '--json'], options), code);
}

/** What a command with `--json` printed, that has to have ended with `code`. */
export function parseJson<T>(args: readonly string[], result: CommandResult, code: number): T {
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}
