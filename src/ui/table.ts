import { stripVTControlCharacters } from 'node:util';
import { Table } from 'console-table-printer';

export interface Column {
  name: string;
  title: string;
  align?: 'left' | 'right';
}

const noLine = { left: '', right: '', mid: '', other: '' };
const plainStyle = {
  headerTop: noLine,
  headerBottom: noLine,
  tableBottom: noLine,
  vertical: '',
};

/** Plain columns without borders or colours: people read them, `awk` splits them. Ends without a newline. */
export function renderTable(columns: readonly Column[], rows: readonly Record<string, string>[]): string {
  const table = new Table({
    columns: columns.map(({ name, title, align = 'left' }) => ({ name, title, alignment: align })),
    style: plainStyle,
  });
  table.addRows([...rows]);
  const lines = stripVTControlCharacters(table.render()).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.trimEnd().replace(/^ /, ''))
    .join('\n');
}
