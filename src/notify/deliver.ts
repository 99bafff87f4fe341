/** Posts a message to a webhook: tried again shortly where that can help, and given up soon, as a run must not hang on it. */
import type { Webhook } from '../config/config.ts';
import type { Clock } from '../clock.ts';
import { bodyOf } from './formats.ts';
import type { Message } from './message.ts';

export interface DeliveryLimits {
  /** For one attempt. */
  attemptMs: number;
  /** Before each further attempt. */
  retryDelaysMs: readonly number[];
}

export const defaultLimits: DeliveryLimits = { attemptMs: 5000, retryDelaysMs: [1000, 3000] };

/** @returns why it was not delivered, without the URL; undefined where it was */
export async function deliver(
  { url, format }: Webhook,
  message: Message,
  clock: Clock,
  { attemptMs, retryDelaysMs }: DeliveryLimits = defaultLimits,
): Promise<string | undefined> {
  const body = JSON.stringify(bodyOf[format](message));
  for (const delayMs of [...retryDelaysMs, undefined]) {
    const { reason, mayPass } = await attempt(url, body, attemptMs);
    if (reason === undefined || !mayPass || delayMs === undefined) return reason;
    await clock.sleep(delayMs);
  }
  return undefined;
}

async function attempt(
  url: string,
  body: string,
  attemptMs: number,
): Promise<{ reason: string | undefined; mayPass: boolean }> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      // What a webhook was moved to is for the operator to look at: the message may name keys.
      redirect: 'manual',
      signal: AbortSignal.timeout(attemptMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return { reason: undefined, mayPass: false };
    return { reason: `it answered ${answer.status}`, mayPass: answer.status >= 500 || answer.status === 429 };
  } catch (error) {
    return { reason: reasonOf(error, attemptMs), mayPass: true };
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown, attemptMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${attemptMs / 1000} s`;
  const cause: unknown = error.cause;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
