/** What a notification says; how each kind of webhook wants it is in formats.ts. */
import type { NotificationEvent } from '../config/config.ts';
import { exitCodes } from '../exit-codes.ts';
import { feederCommands, sites, type RunOutcome, type SetState } from '../run-outcome.ts';

export interface Message {
  event: NotificationEvent;
  /** One line. */
  title: string;
  /** What happened, and what to do; empty for a success. */
  lines: string[];
  set: string;
  command: string;
  host: string;
  /** ISO 8601, UTC. */
  time: string;
  exitCode: number;
  durationMs: number;
  /** Stable: of the error that ended the run. */
  code: string | null;
  /** The newest snapshot that counts. */
  newestSnapshot: string | null;
  figures: Readonly<Record<string, number>>;
}

export function messageOf(outcome: RunOutcome, state: SetState | undefined, host: string): Message {
  const { command, set, exitCode, error } = outcome;
  const event = exitCode === 0 ? 'success' : 'failure';
  const lines = error === undefined ? [] : [error.message, ...(error.hint === null ? [] : [error.hint])];
  if (exitCode !== 0 && error === undefined) lines.push('The output of the command, and the log, say what.');
  return {
    ...frameOf(outcome, state, host),
    event,
    title: `${command}${subject(command, set)} ${howItEnded(outcome)} on ${host}`,
    lines,
  };
}

function subject(command: string, set: string): string {
  if (set === sites) return '';
  return ` of ${feederCommands.has(command) ? 'site' : 'set'} ${set}`;
}

function howItEnded({ exitCode, error }: RunOutcome): string {
  if (exitCode === 0) return 'ended well';
  if (error !== undefined) return 'failed';
  return exitCode === exitCodes.PARTIAL ? 'was done in part' : `ended with exit code ${exitCode}`;
}

/** @param overdueHours the age that was exceeded */
export function overdueMessageOf(
  outcome: RunOutcome,
  state: SetState,
  overdueHours: number,
  host: string,
): Message {
  const { newest, set } = state;
  const line =
    newest === undefined
      ? 'There is no snapshot that counts.'
      : `The newest snapshot that counts is ${newest.snapshot}, ${Math.floor((outcome.endedMs - newest.asOfMs) / hourMs)} hours old; OverdueHours is ${overdueHours}.`;
  return {
    ...frameOf(outcome, state, host),
    event: 'overdue',
    title: `A snapshot of set ${set} is overdue on ${host}`,
    lines: [line, 'Look at the schedule and at the log of "backup-my-bucket snapshot"; then run it.'],
  };
}

const hourMs = 3_600_000;

/** Undefined where nothing can be said of the set, or nothing makes a snapshot overdue. */
export function isOverdue(
  state: SetState | undefined,
  overdueHours: number | undefined,
  nowMs: number,
): state is SetState {
  if (state === undefined || overdueHours === undefined) return false;
  return state.newest === undefined || nowMs - state.newest.asOfMs > overdueHours * hourMs;
}

function frameOf(
  { command, set, endedMs, startedMs, exitCode, error, figures }: RunOutcome,
  state: SetState | undefined,
  host: string,
): Omit<Message, 'event' | 'title' | 'lines'> {
  return {
    set,
    command,
    host,
    time: new Date(endedMs).toISOString(),
    exitCode,
    durationMs: endedMs - startedMs,
    code: error?.code ?? null,
    newestSnapshot: state?.newest?.snapshot ?? null,
    figures,
  };
}
