/** Shows the place of an error in the configuration file without showing what the file keeps secret. */

export interface Position {
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
}

const lineBreak = /\r\n|\n|\r/;
const token = /"(?:[^"\\]|\\.)*"?|[^\s"{}[\]:,]+/g;
const harmlessWord = /^(?:true|false|null)$/;
const shownBefore = 60;
const shownAfter = 30;

export function positionOf(source: string, offset: number): Position {
  const lines = source.slice(0, offset).split(lineBreak);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/**
 * Two lines: the line at `offset`, cut to what is near, and a caret below the place. Everything but punctuation and the
 * names in `knownNames` is masked: where the syntax is broken, nobody can tell which text is the value of a secret.
 */
export function showPlace(source: string, offset: number, knownNames: ReadonlySet<string>): string {
  const { line, column } = positionOf(source, offset);
  const whole = maskLine(source.split(lineBreak)[line - 1] ?? '', knownNames);
  const start = Math.max(0, column - 1 - shownBefore);
  const shown = whole.slice(start, column - 1 + shownAfter).replaceAll('\t', ' ');
  const margin = `  ${line} | `;
  return `${margin}${shown}\n${' '.repeat(margin.length + column - 1 - start)}^`;
}

function maskLine(line: string, knownNames: ReadonlySet<string>): string {
  return line.replace(token, (found) => {
    if (harmlessWord.test(found) || knownNames.has(found.replaceAll('"', ''))) return found;
    return found.replace(/[^"]/g, '*');
  });
}
