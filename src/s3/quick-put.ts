/**
 * PutObject of a small body at a fraction of what the SDK's way costs (quick-route.ts). An object that is put twice is one version too
 * many, and never a wrong one: the server holds each body against its MD5 and its SHA-256.
 */
import { hash, randomInt } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import type { CallOptions } from './call-options.ts';
import { requestOnce } from './quick-request.ts';
import { encodeKey, QuickRoute } from './quick-route.ts';
import type { TracedRequest } from './trace.ts';
import { withoutQuotes } from '../etag.ts';

/** Without a byte in either direction. */
const silenceMs = 60_000;
/** Before the SDK tries what failed here. */
const retryDelayMs = { least: 100, most: 1000 };

export interface BufferPut {
  /** Whole. */
  key: string;
  body: Buffer;
  /** Of the body, in hex: the server refuses another. */
  md5: string;
  storageClass?: string | undefined;
  contentType?: string | undefined;
}

export class QuickPutter {
  readonly #clock: Clock;
  readonly #onRequest: ((request: TracedRequest) => void) | undefined;
  readonly #quick: QuickRoute;

  constructor(
    client: S3Client,
    clock: Clock,
    options: { concurrency: number; onRequest: ((request: TracedRequest) => void) | undefined },
  ) {
    this.#clock = clock;
    this.#onRequest = options.onRequest;
    this.#quick = new QuickRoute(client, clock, 'PutObjectCommand', options.concurrency);
  }

  /** @returns undefined where the SDK has to do it @throws the signal's reason */
  async put(put: BufferPut, { signal }: CallOptions): Promise<{ etag: string } | undefined> {
    const { route } = this.#quick;
    if (route === undefined) return undefined;
    const { body } = put;
    const path = route.basePath + encodeKey(put.key);
    const headers: Record<string, string> = {
      host: route.host,
      'content-md5': Buffer.from(put.md5, 'hex').toString('base64'),
      ...(put.contentType !== undefined && { 'content-type': put.contentType }),
      ...(put.storageClass !== undefined && { 'x-amz-storage-class': put.storageClass }),
    };
    const bodyHash = hash('sha256', body);
    await this.#quick.sign(route, { method: 'PUT', path, bodyHash }, headers);
    const startMs = this.#clock.nowMs();
    const options = {
      ...this.#quick.connection(route),
      method: 'PUT',
      path,
      headers: { ...headers, 'content-length': String(body.length) },
      timeout: silenceMs,
      ...(signal !== undefined && { signal }),
    };
    const answer = await requestOnce(route.protocol, options, body);
    const durationMs = this.#clock.nowMs() - startMs;
    this.#onRequest?.({
      operation: 'PutObject',
      method: 'PUT',
      path,
      status: answer?.status ?? 0,
      durationMs,
    });
    if (signal?.aborted) throw signal.reason;
    const etag = answer?.status === 200 ? answer.headers.etag : undefined;
    if (etag !== undefined) return { etag: withoutQuotes(etag) };
    if (answer === undefined || answer.status >= 500 || answer.status === 429)
      await this.#clock.sleep(randomInt(retryDelayMs.least, retryDelayMs.most), signal);
    return undefined;
  }

  close(): void {
    this.#quick.close();
  }
}
