/** The figures of a command's result, for one line of the log. */
import type { Fields } from '../log/logger.ts';

/**
 * What stands at the top of the result, and the numbers and switches one level deeper (`versions.deleted=30`); of a list its length.
 * Texts deeper inside, and what is empty, are left out.
 */
export function figuresOf(result: unknown): Fields {
  if (Array.isArray(result)) return { results: result.length };
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of entriesOf(result)) {
    if (Array.isArray(value)) fields[name] = value.length;
    else if (isScalar(value)) fields[name] = value;
    for (const [inner, figure] of entriesOf(value)) {
      if (typeof figure === 'number' || typeof figure === 'boolean') fields[`${name}.${inner}`] = figure;
    }
  }
  return fields;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function isScalar(value: unknown): value is string | number | boolean {
  return value !== '' && ['string', 'number', 'boolean'].includes(typeof value);
}
