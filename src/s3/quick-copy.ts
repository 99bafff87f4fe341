/**
 * CopyObject at a fraction of what the SDK's way costs (quick-route.ts): a restore of millions of small objects is nothing but these.
 * A copy that is made twice is one version too many, and never a wrong one.
 */
import { randomInt } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { placementHeaders } from './attributes.ts';
import type { CallOptions } from './call-options.ts';
import { copySource } from './copy-source.ts';
import type { CopyResult, ObjectCopy } from './copy.ts';
import { requestOnce, type QuickAnswer } from './quick-request.ts';
import { encodeKey, QuickRoute, type Route } from './quick-route.ts';
import type { TracedRequest } from './trace.ts';

/** Without a byte in either direction. */
const silenceMs = 300_000;
/** Before the SDK tries what failed here. */
const retryDelayMs = { least: 100, most: 1000 };

export class QuickCopier {
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
    this.#quick = new QuickRoute(client, clock, 'CopyObjectCommand', options.concurrency);
  }

  /** @returns undefined where the SDK has to do it @throws the signal's reason */
  async copy(copy: ObjectCopy, { signal }: CallOptions): Promise<CopyResult | undefined> {
    const { route } = this.#quick;
    if (route === undefined) return undefined;
    const headers = headersOf(copy, route);
    if (!Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))) return undefined;
    const path = route.basePath + encodeKey(copy.destination.key);
    await this.#quick.sign(route, { method: 'PUT', path }, headers);
    const answer = await this.#send(route, path, headers, signal);
    if (signal?.aborted) throw signal.reason;
    const result = answer?.status === 200 ? readResult(answer) : undefined;
    if (result === undefined && (answer === undefined || answer.status >= 500 || answer.status === 429))
      await this.#clock.sleep(randomInt(retryDelayMs.least, retryDelayMs.most), signal);
    return result;
  }

  close(): void {
    this.#quick.close();
  }

  /** Undefined where the network failed. */
  async #send(
    route: Route,
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<QuickAnswer | undefined> {
    const startMs = this.#clock.nowMs();
    const answer = await requestOnce(route.protocol, {
      ...this.#quick.connection(route),
      method: 'PUT',
      path,
      headers: { ...headers, 'content-length': '0' },
      timeout: silenceMs,
      ...(signal !== undefined && { signal }),
    });
    const durationMs = this.#clock.nowMs() - startMs;
    this.#onRequest?.({
      operation: 'CopyObject',
      method: 'PUT',
      path,
      status: answer?.status ?? 0,
      durationMs,
    });
    return answer;
  }
}

function headersOf(
  { source, placement = {}, ifMatchEtag }: ObjectCopy,
  { host }: Route,
): Record<string, string> {
  return {
    host,
    'x-amz-copy-source': copySource(source),
    'x-amz-metadata-directive': 'COPY',
    'x-amz-tagging-directive': 'COPY',
    ...placementHeaders(placement),
    ...(ifMatchEtag !== undefined && { 'x-amz-copy-source-if-match': `"${ifMatchEtag}"` }),
  };
}

/** An error can come with status 200 (trap 17), and so can half a document: only a whole result counts. */
function readResult({ headers, body }: QuickAnswer): CopyResult | undefined {
  if (!body.trimEnd().endsWith('</CopyObjectResult>')) return undefined;
  const etag = /<ETag>(?:"|&quot;|&#34;)?([^<"&]+)(?:"|&quot;|&#34;)?<\/ETag>/.exec(body)?.[1];
  const lastModifiedMs = Date.parse(/<LastModified>([^<]+)<\/LastModified>/.exec(body)?.[1] ?? '');
  if (etag === undefined || Number.isNaN(lastModifiedMs)) return undefined;
  const versionId = headers['x-amz-version-id'];
  return { etag, lastModifiedMs, ...(typeof versionId === 'string' && { versionId }) };
}
