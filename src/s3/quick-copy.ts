/**
 * CopyObject at a fraction of what the SDK's way costs: a restore of millions of small objects is nothing but these. Where a request goes,
 * and for which region it is signed, is learned from the first copy that the SDK makes. One attempt is made here; whatever it does
 * not end with a plain success is left to the SDK, which knows about retries, redirects and errors. A copy that is made twice is one
 * version too many, and never a wrong one.
 */
import { randomInt } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { createAgents } from './agents.ts';
import { placementHeaders } from './attributes.ts';
import type { CallOptions } from './call-options.ts';
import { copySource } from './copy-source.ts';
import type { CopyResult, ObjectCopy } from './copy.ts';
import { Signer } from './sigv4.ts';
import type { TracedRequest } from './trace.ts';

/** Without a byte in either direction. */
const silenceMs = 300_000;
/** Before the SDK tries what failed here. */
const retryDelayMs = { least: 100, most: 1000 };

/** Where requests for a bucket go. */
interface Route {
  protocol: string;
  hostname: string;
  port: number | undefined;
  /** Of the `host` header. */
  host: string;
  /** Before the key. */
  basePath: string;
  signer: Signer;
}

interface SentRequest {
  protocol?: string;
  hostname?: string;
  port?: number;
  path?: string;
  headers?: Record<string, string>;
}

export class QuickCopier {
  readonly #client: S3Client;
  readonly #clock: Clock;
  readonly #onRequest: ((request: TracedRequest) => void) | undefined;
  readonly #agents: ReturnType<typeof createAgents>;
  #route: Route | undefined;

  constructor(
    client: S3Client,
    clock: Clock,
    options: { concurrency: number; onRequest: ((request: TracedRequest) => void) | undefined },
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#onRequest = options.onRequest;
    this.#agents = createAgents({ maxFreeSockets: options.concurrency });
    this.#learn();
  }

  /** @returns undefined where the SDK has to do it @throws the signal's reason */
  async copy(copy: ObjectCopy, { signal }: CallOptions): Promise<CopyResult | undefined> {
    const route = this.#route;
    if (route === undefined) return undefined;
    const headers = headersOf(copy, route);
    if (!Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))) return undefined;
    const path = route.basePath + encodeKey(copy.destination.key);
    const credentials = await this.#client.config.credentials();
    const nowMs = this.#clock.nowMs() + this.#client.config.systemClockOffset;
    route.signer.sign('PUT', path, headers, credentials, nowMs);
    const answer = await this.#send(route, path, headers, signal);
    if (signal?.aborted) throw signal.reason;
    const result = answer?.status === 200 ? readResult(answer) : undefined;
    if (result === undefined && (answer === undefined || answer.status >= 500 || answer.status === 429))
      await this.#clock.sleep(randomInt(retryDelayMs.least, retryDelayMs.most), signal);
    return result;
  }

  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  /** Undefined where the network failed. */
  async #send(
    route: Route,
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<Answer | undefined> {
    const startMs = this.#clock.nowMs();
    const isHttps = route.protocol === 'https:';
    const answer = await request(isHttps ? https : http, {
      method: 'PUT',
      hostname: route.hostname,
      port: route.port,
      path,
      headers: { ...headers, 'content-length': '0' },
      agent: isHttps ? this.#agents.httpsAgent : this.#agents.httpAgent,
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

  /** Looks where a copy of the SDK's goes that succeeds. */
  #learn(): void {
    this.#client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        const isCopy = context.commandName === 'CopyObjectCommand';
        const { statusCode } = result.response as { statusCode?: number };
        if (isCopy && this.#route === undefined && statusCode === 200)
          this.#route = routeOf(args.request as SentRequest, (args.input as { Key?: string }).Key ?? '');
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'learnRoute' },
    );
  }
}

/** Undefined where it was signed or addressed in a way that is not known here. */
function routeOf(request: SentRequest, key: string): Route | undefined {
  const { protocol, hostname, port, path, headers = {} } = request;
  const authorization = headers['authorization'] ?? headers['Authorization'] ?? '';
  const region = /^AWS4-HMAC-SHA256 Credential=[^,]*\/\d{8}\/([^/,]+)\/s3\/aws4_request,/.exec(
    authorization,
  )?.[1];
  const encoded = encodeKey(key);
  if (region === undefined || 'x-amz-s3session-token' in headers) return undefined;
  if (protocol === undefined || hostname === undefined || path?.endsWith(encoded) !== true) return undefined;
  const host = headers['host'] ?? hostname + (port === undefined ? '' : `:${port}`);
  const basePath = path.slice(0, -encoded.length);
  return { protocol, hostname, port, host, basePath, signer: new Signer(region) };
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

/** The slashes are kept; all else but letters, digits and `-_.~` is encoded, as signatures want it. */
function encodeKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Undefined for anything but a whole answer: what it was, the SDK finds out by doing it again. */
function request(by: typeof http | typeof https, options: https.RequestOptions): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const sent = by.request(options, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve(
          response.complete
            ? { status: response.statusCode ?? 0, headers: response.headers, body }
            : undefined,
        ),
      );
      response.on('error', () => resolve(undefined));
      response.on('close', () => resolve(undefined));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}

/** An error can come with status 200 (trap 17), and so can half a document: only a whole result counts. */
function readResult({ headers, body }: Answer): CopyResult | undefined {
  if (!body.trimEnd().endsWith('</CopyObjectResult>')) return undefined;
  const etag = /<ETag>(?:"|&quot;|&#34;)?([^<"&]+)(?:"|&quot;|&#34;)?<\/ETag>/.exec(body)?.[1];
  const lastModifiedMs = Date.parse(/<LastModified>([^<]+)<\/LastModified>/.exec(body)?.[1] ?? '');
  if (etag === undefined || Number.isNaN(lastModifiedMs)) return undefined;
  const versionId = headers['x-amz-version-id'];
  return { etag, lastModifiedMs, ...(typeof versionId === 'string' && { versionId }) };
}
