import type { Writable } from 'node:stream';

/**
 * Writes, and waits while the reader is behind: what is printed is then never held in memory as a whole.
 * @returns false once the reader has gone away, as `head` does when it has what it wanted
 */
export async function writeToReader(stream: Writable, text: string): Promise<boolean> {
  if (isGone(stream)) return false;
  if (!stream.write(text)) await untilWritable(stream);
  return !isGone(stream);
}

function isGone(stream: Writable): boolean {
  return stream.destroyed || stream.errored !== null;
}

function untilWritable(stream: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['drain', 'error', 'close'] as const;
  const done = (): void => {
    for (const event of events) stream.off(event, done);
    resolve();
  };
  for (const event of events) stream.on(event, done);
  return promise;
}
