/**
 * The line at the bottom of the terminal that is rewritten while a command works. Whatever else is printed has to take
 * it away first, or the two run into each other.
 */
import { Writable } from 'node:stream';

export interface TerminalLine {
  show(text: string): void;
  clear(): void;
}

/** On stderr; undefined where that is no terminal. */
export async function openTerminalLine(stderr: NodeJS.WriteStream): Promise<TerminalLine | undefined> {
  if (!stderr.isTTY) return undefined;
  const { createLogUpdate } = await import('log-update');
  const write = createLogUpdate(stderr);
  return { show: (text) => write(text), clear: () => write.clear() };
}

/** `stream`, for others to write to while the line is there. */
export function besideLine(stream: NodeJS.WriteStream, line: TerminalLine | undefined): Writable {
  if (line === undefined) return stream;
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      line.clear();
      stream.write(chunk, done);
    },
  });
}
