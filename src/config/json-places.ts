/** Where the fields of an object stand in the text of a JSON file, for changes that leave the rest of the text as it is. */
import type { FieldPath } from './field-path.ts';

export interface FieldPlace {
  name: string;
  /** Of the name in its quotes. */
  nameStart: number;
  nameEnd: number;
  /** Of the value. */
  start: number;
  end: number;
}

export interface ObjectPlace {
  /** Of the braces. */
  start: number;
  end: number;
  /** In their order. */
  fields: FieldPlace[];
}

const blank = /[ \t\n\r]*/y;
const text = /"(?:[^"\\]|\\.)*"/y;
const literal = /[^,\]}\s]+/y;

/**
 * @param source JSON that has been parsed: of other texts the places mean nothing
 * @throws Error where there is no object at the path
 */
export function objectPlaceAt(source: string, path: FieldPath): ObjectPlace {
  let found: ObjectPlace | undefined;
  let at = 0;

  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const token = pattern.exec(source)?.[0] ?? '';
    at += token.length;
    return token;
  };
  const isHere = (here: FieldPath): boolean =>
    here.length === path.length && here.every((step, index) => step === path[index]);
  const separator = (): void => {
    skip(blank);
    if (source[at] === ',') at += 1;
    skip(blank);
  };

  function value(here: FieldPath): void {
    skip(blank);
    if (source[at] === '{') object(here);
    else if (source[at] === '[') array(here);
    else if (source[at] === '"') skip(text);
    else skip(literal);
  }

  function object(here: FieldPath): void {
    const place: ObjectPlace = { start: at, end: at, fields: [] };
    at += 1;
    for (skip(blank); at < source.length && source[at] !== '}'; separator()) {
      const nameStart = at;
      const name = JSON.parse(skip(text)) as string;
      const nameEnd = at;
      skip(blank);
      at += 1;
      skip(blank);
      const start = at;
      value([...here, name]);
      place.fields.push({ name, nameStart, nameEnd, start, end: at });
    }
    at += 1;
    if (isHere(here)) found = { ...place, end: at };
  }

  function array(here: FieldPath): void {
    at += 1;
    let index = 0;
    for (skip(blank); at < source.length && source[at] !== ']'; separator()) {
      value([...here, index]);
      index += 1;
    }
    at += 1;
  }

  value([]);
  if (found === undefined) throw new Error('There is no object at that place.');
  return found;
}

export interface Replacement {
  start: number;
  end: number;
  text: string;
}

/** @param replacements that do not overlap */
export function replaceAll(source: string, replacements: readonly Replacement[]): string {
  let changed = source;
  for (const { start, end, text: by } of replacements.toSorted((a, b) => b.start - a.start))
    changed = changed.slice(0, start) + by + changed.slice(end);
  return changed;
}
