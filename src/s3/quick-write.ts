/** Requests that write one object, at a fraction of what the SDK's way costs (quick-route.ts). One that is sent twice is one version too many, and never a wrong one. */
import { hash, randomInt } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { requestOnce, type QuickAnswer } from './quick-request.ts';
import { encodeKey, isThrottle, QuickRoute, type Route } from './quick-route.ts';
import type { TracedRequest } from './trace.ts';

/** Without a byte in either direction. A store copies for minutes before it answers. */
const silenceMs = { PutObject: 60_000, CopyObject: 300_000 } as const;
/** Before the SDK tries what failed here. */
const retryDelayMs = { least: 100, most: 1000 };

export interface QuickWriterOptions {
  operation: keyof typeof silenceMs;
  concurrency: number;
  onRequest: ((request: TracedRequest) => void) | undefined;
}

export interface QuickWrite {
  /** Whole. */
  key: string;
  /** But for those that every request has; names in lower case. */
  headers: Record<string, string>;
  body?: Buffer;
  signal: AbortSignal | undefined;
}

/** What a proxy answers by that wants to be asked otherwise; a store, where this one may not write. */
const refusals: readonly number[] = [401, 403, 407];

function outcomeOf(status: number | undefined): 'done' | 'failed' | 'throttled' {
  if (isThrottle(status)) return 'throttled';
  return status === undefined || status >= 500 || refusals.includes(status) ? 'failed' : 'done';
}

export class QuickWriter {
  readonly #clock: Clock;
  readonly #options: QuickWriterOptions;
  readonly #quick: QuickRoute;

  constructor(client: S3Client, clock: Clock, options: QuickWriterOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#quick = new QuickRoute(client, clock, `${options.operation}Command`, options.concurrency);
  }

  /** @returns a whole answer with status 200; undefined where the SDK has to do it @throws the signal's reason */
  async write({ key, headers: own, body, signal }: QuickWrite): Promise<QuickAnswer | undefined> {
    const { route } = this.#quick;
    if (route === undefined) return undefined;
    const headers: Record<string, string> = { host: route.host, ...own };
    if (!Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))) return undefined;
    const path = route.basePath + encodeKey(key);
    const bodyHash = body === undefined ? {} : { bodyHash: hash('sha256', body) };
    if (!(await this.#quick.sign(route, { method: 'PUT', path, ...bodyHash }, headers))) return undefined;
    const answer = await this.#send(route, path, headers, body, signal);
    if (signal?.aborted) throw signal.reason;
    this.#quick.tell(outcomeOf(answer?.status));
    const isFailed = answer === undefined || answer.status >= 500 || answer.status === 429;
    if (isFailed) await this.#clock.sleep(randomInt(retryDelayMs.least, retryDelayMs.most), signal);
    return answer?.status === 200 ? answer : undefined;
  }

  close(): void {
    this.#quick.close();
  }

  /** Undefined where the network failed. */
  async #send(
    route: Route,
    path: string,
    headers: Record<string, string>,
    body: Buffer | undefined,
    signal: AbortSignal | undefined,
  ): Promise<QuickAnswer | undefined> {
    const { operation, onRequest } = this.#options;
    const startMs = this.#clock.nowMs();
    const request = {
      ...this.#quick.connection(route),
      method: 'PUT',
      path,
      headers: { ...headers, 'content-length': String(body?.length ?? 0) },
      timeout: silenceMs[operation],
      ...(signal !== undefined && { signal }),
    };
    const answer = await requestOnce(route.protocol, request, body);
    const durationMs = this.#clock.nowMs() - startMs;
    onRequest?.({ operation, method: 'PUT', path, status: answer?.status ?? 0, durationMs });
    return answer;
  }
}
