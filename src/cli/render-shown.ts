import type { ShownSnapshot } from '../snapshots/show.ts';
import { countOf, formatBytes, formatCount, printable } from '../ui/format.ts';
import { renderTable } from '../ui/table.ts';

/** What a snapshot is, then its totals. */
export function renderShown(shown: ShownSnapshot): string {
  const parts = [headOf(shown)];
  if (shown.keys > 0) {
    const classes = shown.storageClasses.map((each) => ({ ...each, name: each.storageClass }));
    parts.push(totalsTable('STORAGE CLASS', classes));
    const prefixes = shown.prefixes.map((each) => ({
      ...each,
      name: each.prefix === shown.within ? `${printable(each.prefix)}(directly)` : printable(each.prefix),
    }));
    parts.push(totalsTable('PREFIX', prefixes));
  }
  const { count, keys, bytes } = shown.otherPrefixes;
  if (count > 0) {
    parts.push(`And ${countOf(count, 'smaller prefix', 'smaller prefixes')}: ${amount(keys, bytes)}.`);
  }
  return parts.join('\n\n');
}

function headOf(shown: ShownSnapshot): string {
  const state = [shown.state, ...(shown.held ? ['held'] : []), ...shown.flags].join(', ');
  const tags = Object.entries(shown.tags).map(([key, value]) => `${key}=${value}`);
  const lines: [string, string][] = [
    ['Snapshot', shown.snapshot],
    ['Bucket', shown.prefix === '' ? shown.bucket : `${shown.bucket}, prefix ${shown.prefix}`],
    ['As of', shown.asOf],
    ['Listed', `${shown.listingStartedAt} to ${shown.listingEndedAt}`],
    ['State', state],
  ];
  if (tags.length > 0) lines.push(['Tags', tags.join(' ')]);
  if (shown.note !== '') lines.push(['Note', shown.note]);
  if (shown.within !== shown.prefix) lines.push(['Within', shown.within]);
  lines.push(['Holds', amount(shown.keys, shown.bytes)]);
  return lines.map(([name, value]) => `${name.padEnd(10)}${printable(value)}`).join('\n');
}

function amount(keys: number, bytes: number): string {
  return `${countOf(keys, 'key')}, ${formatBytes(bytes)}`;
}

function totalsTable(title: string, rows: readonly { name: string; keys: number; bytes: number }[]): string {
  return renderTable(
    [
      { name: 'keys', title: 'KEYS', align: 'right' },
      { name: 'size', title: 'SIZE', align: 'right' },
      { name: 'name', title },
    ],
    rows.map(({ name, keys, bytes }) => ({ name, keys: formatCount(keys), size: formatBytes(bytes) })),
  );
}
