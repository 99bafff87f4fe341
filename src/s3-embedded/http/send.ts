/** Puts an answer on the wire, or breaks it off where a fault says so. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FaultKind } from '../faults/rule.ts';
import { chunksOf, contentOf, emptyContent, sliceContent } from '../model/content.ts';
import type { Content } from '../model/content.ts';
import type { Answer } from './answer.ts';

export interface Delivery {
  isHead: boolean;
  headers: Record<string, string>;
  fault: FaultKind | undefined;
}

/** @throws where the client has gone away */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  delivery: Delivery,
): Promise<void> {
  if (delivery.fault === 'reset-after') {
    response.socket?.resetAndDestroy();
    return;
  }
  const headers: Record<string, string> = { ...delivery.headers, ...answer.headers };
  const hasNoBody = answer.status === 204 || answer.status === 304;
  if (typeof answer.body === 'string' && !delivery.isHead && delivery.fault === undefined) {
    const text = Buffer.from(answer.body, 'utf8');
    headers['content-length'] = String(text.length);
    response.writeHead(answer.status, headers).end(text);
    return;
  }
  const body = typeof answer.body === 'string' ? contentOf(answer.body) : (answer.body ?? emptyContent);
  if (!hasNoBody && delivery.fault !== 'cut-chunked') headers['content-length'] = String(body.sizeBytes);
  response.writeHead(answer.status, headers);
  if (delivery.isHead || hasNoBody) response.end();
  else if (delivery.fault === undefined) await sendBody(response, body);
  else await sendHalf(response, body, delivery.fault);
}

async function sendBody(response: ServerResponse, body: Content): Promise<void> {
  const [first] = body.pieces;
  if (first !== undefined && body.pieces.length === 1 && 'bytes' in first) {
    response.end(first.bytes);
    return;
  }
  await pipeline(Readable.from(chunksOf(body)), response);
}

async function sendHalf(response: ServerResponse, body: Content, fault: FaultKind): Promise<void> {
  const half = sliceContent(body, 0, Math.floor(body.sizeBytes / 2));
  await pipeline(Readable.from(chunksOf(half)), response, { end: false });
  if (fault === 'cut-chunked') {
    response.end();
    return;
  }
  const { socket } = response;
  response.flushHeaders();
  // The half must have left before the connection goes, or the client sees a reset without any answer.
  await new Promise<void>((resolve) => socket?.write('', () => resolve()) ?? resolve());
  if (fault === 'cut-body') socket?.end();
  else socket?.resetAndDestroy();
}
