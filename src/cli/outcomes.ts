/** How the run ended for each set that it worked on. */
import type { Clock } from '../clock.ts';
import { exitCodes } from '../exit-codes.ts';
import type { RunOutcome } from '../run-outcome.ts';
import { figuresOf } from './figures.ts';
import { toReported } from './report-error.ts';

export class Outcomes {
  readonly #command: string;
  readonly #clock: Clock;
  #startedMs: number;
  readonly list: RunOutcome[] = [];

  constructor(command: string, clock: Clock) {
    this.#command = command;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
  }

  /** The next set's turn. */
  begin(): void {
    this.#startedMs = this.#clock.nowMs();
  }

  ended(set: string, result: unknown, exitCode: number): void {
    const numbers = Object.entries(figuresOf(result)).filter(([, value]) => typeof value === 'number');
    const error = exitCode === 0 ? undefined : errorIn(result);
    this.#add(set, exitCode, error, Object.fromEntries(numbers) as Record<string, number>);
  }

  failed(set: string, error: unknown): void {
    const { code, message, hint } = toReported(error);
    this.#add(set, exitCodes[code], { code, message, hint: hint ?? null }, {});
  }

  #add(set: string, exitCode: number, error: RunOutcome['error'], figures: RunOutcome['figures']): void {
    const [command, startedMs, endedMs] = [this.#command, this.#startedMs, this.#clock.nowMs()];
    this.list.push({ command, set, startedMs, endedMs, exitCode, error, figures });
  }
}

/** A command that went on after a failure has the worst in its result. */
function errorIn(result: unknown): RunOutcome['error'] {
  if (typeof result !== 'object' || result === null || !('error' in result)) return undefined;
  const { error } = result;
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message, hint } = error as Record<string, unknown>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  return { code, message, hint: typeof hint === 'string' ? hint : null };
}
