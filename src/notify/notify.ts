/** Use case: tells those who want to know how a run ended, and that a snapshot is overdue. Never throws, and changes no exit code. */
import type { Clock } from '../clock.ts';
import type { Notifications } from '../config/config.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Logger } from '../log/logger.ts';
import type { RunOutcome, SetState } from '../run-outcome.ts';
import { deliver, type DeliveryLimits } from './deliver.ts';
import { isOverdue, messageOf, overdueMessageOf, type Message } from './message.ts';

export interface NotifyDependencies {
  clock: Clock;
  log: Logger;
  host: string;
  limits?: DeliveryLimits;
  /** Masks secrets: an error may quote one. */
  redact: (text: string) => string;
}

/**
 * Exit codes that are no failure to tell of: wrong usage, which whoever typed it sees; another run that is at work; thawing; and a stop
 * that somebody asked for. What keeps a snapshot from being taken for long makes it overdue.
 */
const quietExitCodes: ReadonlySet<number> = new Set([
  exitCodes.USAGE,
  exitCodes.LOCKED,
  exitCodes.THAWING,
  exitCodes.INTERRUPTED,
  exitCodes.TERMINATED,
]);

/** @param state undefined where the snapshots of the set cannot be read */
export async function notify(
  { webhooks, overdueHours }: Notifications,
  outcome: RunOutcome,
  state: SetState | undefined,
  dependencies: NotifyDependencies,
): Promise<void> {
  const messages: Message[] = [];
  if (!quietExitCodes.has(outcome.exitCode)) messages.push(messageOf(outcome, state, dependencies.host));
  if (isOverdue(state, overdueHours, outcome.endedMs))
    messages.push(overdueMessageOf(outcome, state, overdueHours ?? 0, dependencies.host));
  // Side by side: one that does not answer takes its time to be given up.
  await Promise.all(
    webhooks.flatMap((webhook, index) =>
      messages
        .filter(({ event }) => webhook.on.includes(event))
        .map((message) => send(`Notifications.Webhooks[${index}]`, webhook, message, dependencies)),
    ),
  );
}

async function send(
  field: string,
  webhook: Notifications['webhooks'][number],
  message: Message,
  { clock, log, limits, redact }: NotifyDependencies,
): Promise<void> {
  const { title, lines } = message;
  const safe = { ...message, title: redact(title), lines: lines.map(redact) };
  const reason = await deliver(webhook, safe, clock, limits);
  if (reason === undefined) log.debug('notification delivered', { webhook: field, event: message.event });
  else
    log.warn('a notification was not delivered', {
      webhook: field,
      event: message.event,
      set: message.set,
      reason,
    });
}
