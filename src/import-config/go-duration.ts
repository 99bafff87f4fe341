/** Durations as Go's time.ParseDuration takes them: `1m30s`, `250ms`. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const whole = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds, rounded; undefined for what is no duration. A number is nanoseconds, as Go's YAML decoder has it. */
export function goDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? Math.round(value * 1e-6) : undefined;
  if (typeof value !== 'string') return undefined;
  if (value === '0') return 0;
  if (!whole.test(value)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of value.matchAll(part))
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? NaN);
  return Math.round(totalMs);
}
