/**
 * A copy of a text that shares no memory with others. V8 cuts a text out of a larger one by pointing into it, so a key of a page keeps
 * the text of that whole page in memory: whoever keeps a few keys of many pages keeps copies.
 */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
