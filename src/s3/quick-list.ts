/** Pages of a listing at a fraction of what the SDK's way costs (quick-route.ts): a snapshot is nothing but these. */
import { randomInt } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import type { CallOptions } from './call-options.ts';
import type { PageBytes } from './page-bytes.ts';
import { PageError } from './page-check.ts';
import { encodeComponent, isThrottle, QuickRoute, type Route } from './quick-route.ts';
import type { TracedRequest } from './trace.ts';

/** Before the SDK tries what failed here. */
const retryDelayMs = { least: 100, most: 1000 };

interface RequestWatch {
  onRequest?: (() => void) | undefined;
  onAnswer?: ((statusCode: number) => void) | undefined;
}

/** The operations, and what their query says of them. */
const listings = {
  ListObjectVersions: { versions: '' },
  ListObjectsV2: { 'list-type': '2' },
} as const;

export interface QuickListerOptions {
  /** Left out: ListObjectVersions. */
  operation?: keyof typeof listings;
  concurrency: number;
  /** Without a byte in either direction: the SDK has longer limits, and gets its chance after. */
  silenceMs: number;
  onRequest: ((request: TracedRequest) => void) | undefined;
}

export class QuickLister {
  readonly #clock: Clock;
  readonly #options: QuickListerOptions;
  readonly #quick: QuickRoute;
  readonly #operation: keyof typeof listings;

  constructor(client: S3Client, clock: Clock, options: QuickListerOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#operation = options.operation ?? 'ListObjectVersions';
    this.#quick = new QuickRoute(client, clock, `${this.#operation}Command`, options.concurrency);
  }

  /**
   * Asks for a page once, and reads it by `take` once `page` holds its bytes.
   * @param parameters of the query, without what names the operation
   * @returns undefined where the SDK has to ask
   * @throws the signal's reason
   */
  async page<T>(
    parameters: Record<string, string>,
    page: PageBytes,
    { signal, onRequest, onAnswer }: CallOptions & RequestWatch,
    take: () => T,
  ): Promise<T | undefined> {
    const { route } = this.#quick;
    if (route === undefined) return undefined;
    const query = queryOf({ ...parameters, ...listings[this.#operation] });
    const headers: Record<string, string> = { host: route.host };
    const request = { method: 'GET', path: route.basePath, query };
    if (!(await this.#quick.sign(route, request, headers))) return undefined;
    onRequest?.();
    const startMs = this.#clock.nowMs();
    // Whatever it was: the SDK asks again, and what it then meets is reported.
    const status = await this.#receive(route, query, headers, page, signal).catch(() => 0);
    this.#report(route, status, startMs);
    signal?.throwIfAborted();
    if (status !== 0) onAnswer?.(status);
    const taken = status === 200 ? untrustedAsUndefined(take) : undefined;
    this.#quick.tell(taken !== undefined ? 'done' : isThrottle(status) ? 'throttled' : 'failed');
    if (taken === undefined)
      await this.#clock.sleep(randomInt(retryDelayMs.least, retryDelayMs.most), signal);
    return taken;
  }

  close(): void {
    this.#quick.close();
  }

  /** @returns the status of the answer, whose body `page` holds where it is 200 */
  async #receive(
    route: Route,
    query: string,
    headers: Record<string, string>,
    page: PageBytes,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const by = route.protocol === 'https:' ? https : http;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = by.get(
        {
          ...this.#quick.connection(route),
          path: `${route.basePath}?${query}`,
          headers,
          timeout: this.#options.silenceMs,
          ...(signal !== undefined && { signal }),
        },
        resolve,
      );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', reject);
    });
    await page.collect(answer);
    return answer.complete ? (answer.statusCode ?? 0) : 0;
  }

  #report(route: Route, status: number, startMs: number): void {
    const durationMs = this.#clock.nowMs() - startMs;
    const { basePath: path } = route;
    this.#options.onRequest?.({ operation: this.#operation, method: 'GET', path, status, durationMs });
  }
}

/** Names in order, as signatures want it. */
function queryOf(parameters: Record<string, string>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${encodeComponent(parameters[name]!)}`)
    .join('&');
}

function untrustedAsUndefined<T>(take: () => T): T | undefined {
  try {
    return take();
  } catch (error) {
    if (error instanceof PageError) return undefined;
    throw error;
  }
}
