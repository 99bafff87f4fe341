/**
 * Where the SDK sends the requests of a kind, and for which region it signs them: learned from the first one that succeeds, after whatever
 * endpoint rules, redirects and credentials there are. Requests of that kind can then be sent at a fraction of what the SDK's way
 * costs. One attempt is made so; whatever it does not end with a plain success is left to the SDK, which knows about retries,
 * redirects and errors.
 */
import type http from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { createAgents } from './agents.ts';
import { Signer } from './sigv4.ts';
import type { SignedRequest } from './sigv4.ts';

export interface Route {
  protocol: string;
  hostname: string;
  port: number | undefined;
  /** Of the `host` header. */
  host: string;
  /** Before the key. */
  basePath: string;
  signer: Signer;
}

/** After so many failures in a row it is a way that does not lead there, as past a proxy: each costs the pause before the SDK tries. */
const failuresToGiveUp = 5;
/** After that the SDK does all, until it is tried again. */
const givenUpForMs = 60_000;

interface SentRequest {
  protocol?: string;
  hostname?: string;
  port?: number;
  path?: string;
  headers?: Record<string, string>;
}

export class QuickRoute {
  readonly #client: S3Client;
  readonly #clock: Clock;
  readonly #agents: ReturnType<typeof createAgents>;
  #route: Route | undefined;
  #failures = 0;
  #givenUpUntilMs = -Infinity;

  /** @param commandName the SDK's, as `CopyObjectCommand` */
  constructor(client: S3Client, clock: Clock, commandName: string, concurrency: number) {
    this.#client = client;
    this.#clock = clock;
    this.#agents = createAgents({ maxFreeSockets: concurrency });
    this.#learn(commandName);
  }

  /** Undefined until it is learned, and while it is given up. */
  get route(): Route | undefined {
    const leftMs = this.#givenUpUntilMs - this.#clock.nowMs();
    // More is left than there ever was where the clock was set back.
    return leftMs > 0 && leftMs <= givenUpForMs ? undefined : this.#route;
  }

  /** To be told how each request went. A server that asks for less (503, 429) says nothing against the way. */
  tell(outcome: 'done' | 'failed' | 'throttled'): void {
    if (outcome === 'done') this.#failures = 0;
    if (outcome !== 'failed') return;
    this.#failures += 1;
    if (this.#failures >= failuresToGiveUp) this.#givenUpUntilMs = this.#clock.nowMs() + givenUpForMs;
  }

  /**
   * Adds to `headers`, names in lower case, what the request needs to count as signed.
   * @returns false where it could not, as when credentials cannot be had again: the SDK meets the same, and users see its error
   */
  async sign({ signer }: Route, request: SignedRequest, headers: Record<string, string>): Promise<boolean> {
    const { credentials, systemClockOffset } = this.#client.config;
    const current = await credentials().catch(() => undefined);
    if (current === undefined) return false;
    signer.sign(request, headers, current, this.#clock.nowMs() + systemClockOffset);
    return true;
  }

  /** The connections of the route, and where they lead. */
  connection({ protocol, hostname, port }: Route): Pick<http.RequestOptions, 'hostname' | 'port' | 'agent'> {
    const agent = protocol === 'https:' ? this.#agents.httpsAgent : this.#agents.httpAgent;
    // The SDK has an IPv6 address as a URL has it.
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    return { hostname: address, agent, ...(port !== undefined && { port }) };
  }

  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  #learn(commandName: string): void {
    this.#client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        const { statusCode } = result.response as { statusCode?: number };
        if (context.commandName === commandName && this.#route === undefined && statusCode === 200)
          this.#route = routeOf(args.request as SentRequest, (args.input as { Key?: string }).Key ?? '');
        return result;
      },
      { step: 'deserialize', priority: 'low', name: `learnRouteOf${commandName}` },
    );
  }
}

export function isThrottle(status: number | undefined): boolean {
  return status === 503 || status === 429;
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
  const basePath = path.slice(0, path.length - encoded.length);
  return { protocol, hostname, port, host, basePath, signer: new Signer(region) };
}

/** The slashes are kept; all else but letters, digits and `-_.~` is encoded, as signatures want it. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeComponent).join('/');
}

/** All but letters, digits and `-_.~` is encoded, as signatures want it. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
