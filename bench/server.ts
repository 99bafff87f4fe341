/** The embedded S3 in a process of its own, so that what it costs is not the client's. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { LaidOutVersion, SyntheticSpec } from '../src/s3-embedded/index.ts';

const MAIN = join(import.meta.dirname, '../src/s3-embedded/main.ts');
const START_LIMIT_MS = 20_000;

export interface ServerStats {
  cpuMs: number;
}

export class BenchServer implements AsyncDisposable {
  readonly endpoint: string;
  readonly #process: ChildProcess;

  private constructor(endpoint: string, process: ChildProcess) {
    this.endpoint = endpoint;
    this.#process = process;
  }

  static async start(): Promise<BenchServer> {
    const child = spawn(process.execPath, [MAIN, '--no-request-log', '--with-parent'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(START_LIMIT_MS) })) as [string];
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    return new BenchServer(endpoint, child);
  }

  async addBucket(spec: SyntheticSpec): Promise<void> {
    await this.#admin('POST', 'synthetic', spec);
  }

  /** From now on every answer waits so long first. */
  async setLatency(delayMs: number): Promise<void> {
    await this.#admin('DELETE', 'faults');
    if (delayMs > 0) await this.#admin('POST', 'faults', { kind: 'latency', delayMs });
  }

  async stats(): Promise<ServerStats> {
    const { cpuUsage } = await this.#admin<{ cpuUsage: { user: number; system: number } }>('GET', 'stats');
    return { cpuMs: (cpuUsage.user + cpuUsage.system) / 1000 };
  }

  /** Requests since the last call, by operation. */
  async takeRequests(): Promise<Record<string, number>> {
    const counts = await this.#admin<Record<string, number>>('GET', 'counts');
    await this.#admin('DELETE', 'requests');
    return counts;
  }

  /** ListObjectVersions requests since the last call. */
  async takeListRequests(): Promise<number> {
    return (await this.takeRequests())['ListObjectVersions'] ?? 0;
  }

  /** Lays versions out; makes the bucket where it is missing. */
  async putVersions(bucket: string, versions: readonly LaidOutVersion[]): Promise<void> {
    await this.#admin('POST', 'versions', { bucket, versions });
  }

  /** Puts an empty one in its place: its memory is free again. */
  async removeBucket(bucket: string): Promise<void> {
    await this.addBucket({ bucket, layout: 'flat', keys: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  async #admin<T = unknown>(method: string, action: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.endpoint}/_embedded/${action}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${action}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
