/** The entries of a snapshot on stdout, as they are read. */
import type { Entry } from '../index/entry.ts';
import { encodeEntry } from '../index/entry-line.ts';
import { versionDocument } from '../snapshots/entry-document.ts';
import { formatBytes, printable } from '../ui/format.ts';
import type { Context } from './context.ts';

export const entryFormats = ['table', 'csv', 'json'] as const;

/** Stops when the reader goes away, or the signal says so. */
export async function writeEntries(
  batches: AsyncIterable<readonly Entry[]>,
  format: (typeof entryFormats)[number],
  { write, signal }: Pick<Context, 'write' | 'signal'>,
): Promise<void> {
  const { head, line, between, end } = forms[format];
  let isFirst = true;
  for await (const entries of batches) {
    signal.throwIfAborted();
    const text = entries.map(line).join(between);
    if (!(await write((isFirst ? head : between) + text))) return;
    isFirst = false;
  }
  await write((isFirst ? head : '') + end);
}

interface Form {
  head: string;
  line: (entry: Entry) => string;
  between: string;
  end: string;
}

/** The key comes last, where its length moves no other column. */
const columns = (time: string, size: string, storageClass: string, version: string, key: string): string =>
  `${time.padEnd(20)}  ${size.padStart(10)}  ${storageClass.padEnd(12)}  ${version.padEnd(32)}  ${key}\n`;

const forms: Record<(typeof entryFormats)[number], Form> = {
  table: {
    head: columns('LAST MODIFIED', 'SIZE', 'CLASS', 'VERSION', 'KEY'),
    line: (entry) =>
      columns(
        `${new Date(entry.lastModifiedMs).toISOString().slice(0, 19)}Z`,
        formatBytes(entry.sizeBytes),
        entry.storageClass,
        printable(entry.versionId),
        printable(entry.key),
      ),
    between: '',
    end: '',
  },
  csv: { head: '', line: encodeEntry, between: '', end: '' },
  json: {
    head: '[\n',
    line: (entry) => JSON.stringify({ key: entry.key, ...versionDocument(entry) }),
    between: ',\n',
    end: '\n]\n',
  },
};
