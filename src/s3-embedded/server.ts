/** The HTTP server: each request is logged, met by the faults that are set, checked, carried out and answered. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_PREFIX, answerAdmin } from './admin.ts';
import { faultError } from './faults/faults.ts';
import type { FaultKind, FaultRule } from './faults/rule.ts';
import { errorAnswer, errorDocument, xmlAnswer } from './http/answer.ts';
import type { Answer } from './http/answer.ts';
import { checkBody, readRaw } from './http/body.ts';
import { operationOf } from './http/operation.ts';
import { parseTarget } from './http/request.ts';
import type { RequestTarget } from './http/request.ts';
import { sendAnswer } from './http/send.ts';
import { verifySignature } from './http/sigv4.ts';
import type { Context, Handler } from './operations/call.ts';
import { OPERATIONS } from './operations/table.ts';
import { interestingHeaders } from './request-log.ts';
import type { ServerParts } from './server-parts.ts';
import { S3Error } from './s3-error.ts';

const DELIVERY_FAULTS: readonly FaultKind[] = ['reset-after', 'reset-mid-body', 'cut-body', 'cut-chunked'];
const KEEP_ALIVE_MS = 120_000;

export function createEmbeddedServer(parts: ServerParts): Server {
  const state = { inFlight: 0, lastRequest: 0 };
  const server = createServer((request, response) => {
    state.inFlight++;
    response.once('close', () => state.inFlight--);
    const requestId = String(++state.lastRequest).padStart(16, '0');
    serve(parts, request, response, requestId, () => state.inFlight).catch((error: unknown) => {
      // A client that went away in the middle is no matter; anything else must be seen.
      if (!request.destroyed) console.error('embedded S3:', error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  return server;
}

async function serve(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  inFlight: () => number,
): Promise<void> {
  const url = request.url ?? '/';
  if (url.startsWith(ADMIN_PREFIX)) {
    const answer = answerAdmin(parts, request.method ?? 'GET', url, await readRaw(request));
    await sendAnswer(response, answer, { isHead: false, headers: {}, fault: undefined });
    return;
  }
  const received = identify(request, url);
  const faults = 'error' in received ? [] : parts.faults.hit(received);
  const logged = logRequest(parts, request, received, faults);
  const delayMs = faults.reduce((sum, rule) => sum + (rule.kind === 'latency' ? (rule.delayMs ?? 0) : 0), 0);
  if (delayMs > 0) await sleep(delayMs);
  if (faults.some((rule) => rule.kind === 'reset-before')) {
    request.socket.resetAndDestroy();
    return;
  }
  const answer = await answerRequest(parts, request, received, faults, requestId, inFlight());
  const fault = faults.find((rule) => DELIVERY_FAULTS.includes(rule.kind))?.kind;
  logged.status = fault === 'reset-after' ? 0 : answer.status;
  await sendAnswer(response, answer, {
    isHead: request.method === 'HEAD',
    headers: commonHeaders(parts, requestId),
    fault,
  });
}

type Received = (RequestTarget & { operation: string; handler: Handler }) | { error: unknown };

/** What the request asks for, or the error that says why that cannot be known. */
function identify(request: IncomingMessage, url: string): Received {
  try {
    const target = parseTarget(url);
    const operation = operationOf(request.method ?? 'GET', target, request.headers);
    const handler = OPERATIONS[operation];
    if (handler === undefined) throw new S3Error('NotImplemented', `${operation} is not implemented`);
    return { ...target, operation, handler };
  } catch (error) {
    return { error };
  }
}

async function answerRequest(
  parts: ServerParts,
  request: IncomingMessage,
  received: Received,
  faults: readonly FaultRule[],
  requestId: string,
  inFlight: number,
): Promise<Answer> {
  const raw = await readRaw(request);
  try {
    if ('error' in received) throw received.error;
    throwFaults(faults, inFlight);
    const { options } = parts;
    const nowMs = options.clock.nowMs();
    const method = request.method ?? 'GET';
    const verified = verifySignature({ ...received, method, headers: request.headers }, options, nowMs);
    const { body, checksums } = checkBody(request, raw, verified);
    const errorIn200 = faults.find((rule) => rule.kind === 'error-in-200');
    if (errorIn200 !== undefined) return answerErrorIn200(errorIn200, received.rawPath, requestId);
    const context: Context = parts;
    const call = { ...received, method, headers: request.headers, body, nowMs, requestId, checksums, faults };
    return received.handler(call, context);
  } catch (error) {
    if (!(error instanceof S3Error)) console.error('embedded S3:', error);
    return errorAnswer(error, 'error' in received ? (request.url ?? '/') : received.rawPath, requestId);
  }
}

/** @throws S3Error where a fault takes the place of the operation. */
function throwFaults(faults: readonly FaultRule[], inFlight: number): void {
  for (const rule of faults) {
    if (rule.kind === 'status') throw faultError(rule, 'SlowDown', 503);
    if (rule.kind === 'access-denied') throw faultError(rule, 'AccessDenied', 403);
    if (rule.kind === 'overload' && inFlight > (rule.maxInFlight ?? 0))
      throw faultError(rule, 'SlowDown', 503);
  }
}

function answerErrorIn200(rule: FaultRule, resource: string, requestId: string): Answer {
  const { code, message } = faultError(rule, 'InternalError', 200);
  return xmlAnswer(errorDocument(code, message, resource, requestId));
}

function commonHeaders({ options }: ServerParts, requestId: string): Record<string, string> {
  return {
    date: new Date(options.clock.nowMs()).toUTCString(),
    server: 'EmbeddedS3',
    'x-amz-request-id': requestId,
    'x-amz-id-2': 'embedded',
  };
}

function logRequest(
  { log, options }: ServerParts,
  request: IncomingMessage,
  received: Received,
  faults: readonly FaultRule[],
) {
  const target = 'error' in received ? undefined : received;
  const entry = {
    timeMs: options.clock.nowMs(),
    method: request.method ?? 'GET',
    operation: target?.operation ?? 'Unknown',
    bucket: target?.bucket ?? '',
    key: target?.key ?? '',
    query: Object.fromEntries(target?.query ?? []),
    headers: interestingHeaders(request.headers),
    status: 0,
    faults: faults.map((rule) => rule.kind),
  };
  log.add(entry);
  return entry;
}
