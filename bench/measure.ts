/** Runs a command and says what it cost: processor time of it and its children, time on the clock, memory at its peak. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TIME_LIMIT_MS = 30 * 60_000;
/** VmHWM only grows, so all that polling can miss is what happens in the last moments. */
const POLL_MS = 50;

export interface Cost {
  /** User and system time together, in milliseconds. */
  cpuMs: number;
  wallMs: number;
  /** The largest resident set of any one of its processes. */
  peakBytes: number;
  stdout: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** Instead of collecting stdout: for peers that print a listing of a gigabyte. */
  discardOutput?: boolean;
  /** Called at each look at its memory, with the resident bytes of its largest process. */
  onSample?: (residentBytes: number) => void;
}

/** @throws Error with the end of its stderr where it does not end with 0 */
export async function measure(
  command: string,
  args: readonly string[],
  { env = {}, discardOutput = false, onSample }: RunOptions = {},
): Promise<Cost> {
  // bash's `time` knows what wait4 says of the processor time, which Node does not pass on.
  const script = 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 2>&4';
  const child = spawn('bash', ['-c', script, 'bash', command, ...args], {
    env: { ...process.env, ...env },
    timeout: TIME_LIMIT_MS,
    stdio: ['ignore', discardOutput ? 'ignore' : 'pipe', 'inherit', 'pipe', 'pipe'],
  });
  const output = collect(child.stdio[1]);
  const errors = collect(child.stdio[3]);
  const times = collect(child.stdio[4]);
  let peakBytes = 0;
  const poll = setInterval(() => {
    const memory = memoryOfTree(child.pid ?? 0);
    peakBytes = Math.max(peakBytes, memory.peakBytes);
    onSample?.(memory.residentBytes);
  }, POLL_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(poll));
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors().slice(-2000)}`);
  const [wallS = NaN, userS = NaN, systemS = NaN] = times().trim().split(/\s+/).map(Number);
  return { cpuMs: (userS + systemS) * 1000, wallMs: wallS * 1000, peakBytes, stdout: output() };
}

function collect(stream: unknown): () => string {
  let text = '';
  if (stream !== null && stream !== undefined) {
    (stream as NodeJS.ReadableStream).setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return () => text;
}

interface Memory {
  peakBytes: number;
  residentBytes: number;
}

function memoryOfTree(pid: number): Memory {
  const memory = { peakBytes: 0, residentBytes: 0 };
  for (const each of [pid, ...descendantsOf(pid)]) {
    const status = readProc(`/proc/${each}/status`);
    memory.peakBytes = Math.max(memory.peakBytes, kibibytes(status, 'VmHWM'));
    memory.residentBytes = Math.max(memory.residentBytes, kibibytes(status, 'VmRSS'));
  }
  return memory;
}

function descendantsOf(pid: number): number[] {
  const children = readProc(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Empty where the process has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
