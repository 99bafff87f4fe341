/** Snapshots are named by their as-of time: `20261121T040000Z`; another one of the same second gets `-2`, `-3`, …. */

export function nameOf(asOfMs: number): string {
  return new Date(asOfMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** The names that a snapshot of this time may have, the best first; without end. */
export function* namesOf(asOfMs: number): Generator<string, never> {
  const name = nameOf(asOfMs);
  yield name;
  for (let suffix = 2; ; suffix++) yield `${name}-${suffix}`;
}
