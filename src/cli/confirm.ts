/** Asks on the terminal. Where there is none, nobody is there to say yes. */
import { createInterface } from 'node:readline/promises';

/** @throws the signal's reason when it is aborted */
export async function confirmOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  // Not as a terminal of its own: it would take Ctrl-C for itself.
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  // With Ctrl-D the input ends without an answer.
  const ended = new AbortController();
  reader.once('close', () => ended.abort());
  try {
    const answer = await reader.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, ended.signal]),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    if (ended.signal.aborted) return false;
    throw error;
  } finally {
    reader.close();
  }
}
