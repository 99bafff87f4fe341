/**
 * The names of a bucket of any size, computed from their place in the order of UTF-8 bytes. Each layout must rise
 * strictly with the index: listings find their place by binary search over it.
 */
import { hex16, hex32, mix } from './hash.ts';

export const LAYOUTS = ['flat', 'uuid', 'dates', 'skewed', 'longprefix', 'manyversions', 'unicode'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The key at an index in `[0, keys)`. */
export type KeyNamer = (index: number) => string;

export function keyNamer(layout: Layout, keys: number): KeyNamer {
  switch (layout) {
    case 'flat':
    case 'manyversions':
      return numberedNamer('key-');
    case 'longprefix':
      return numberedNamer('deep/'.repeat(40));
    case 'uuid':
      return uuidNamer(keys);
    case 'dates':
      return dateNamer(keys);
    case 'skewed':
      return skewedNamer(keys);
    case 'unicode':
      return unicodeNamer(keys);
  }
}

const THREE_DIGITS = Array.from({ length: 1000 }, (_, n) => pad(n, 3));

/** Twelve digits after the prefix. */
function numberedNamer(prefix: string): KeyNamer {
  let cachedThousand = -1;
  let head = '';
  return (index) => {
    const thousand = Math.floor(index / 1000);
    if (thousand !== cachedThousand) {
      cachedThousand = thousand;
      head = prefix + pad(thousand, 9);
    }
    return head + (THREE_DIGITS[index - thousand * 1000] as string);
  };
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

/** Evenly spaced in the first 48 bits, so two of them never share these. */
function uuidNamer(keys: number): KeyNamer {
  const spacing = 2 ** 48 / keys;
  return (index) => {
    const leading = Math.floor(index * spacing);
    const name = `${hex32(Math.floor(leading / 0x10000))}-${hex16(leading % 0x10000)}-4`;
    const third = mix(index, 11);
    const rest = mix(index, 12);
    return `${name}${hex16(third).slice(1)}-a${hex16(third >>> 16).slice(1)}-${hex16(rest)}${hex32(mix(index, 13))}`;
  };
}

const HOURS = 10 * 365 * 24;
const FIRST_HOUR_MS = Date.UTC(2015, 0, 1);

/** `logs/2016/03/07/14/event-000123.json`: ten years of hours, as many events in each as it takes. */
function dateNamer(keys: number): KeyNamer {
  const perHour = Math.ceil(keys / HOURS);
  let cachedHour = -1;
  let folder = '';
  return (index) => {
    const hour = Math.floor(index / perHour);
    if (hour !== cachedHour) {
      cachedHour = hour;
      const hourText = new Date(FIRST_HOUR_MS + hour * 3_600_000).toISOString().slice(0, 13);
      folder = `logs/${hourText.replace(/[-T]/g, '/')}/event-`;
    }
    return `${folder}${pad(index - hour * perHour, 6)}.json`;
  };
}

const SMALL_PREFIXES = 1000;

/** A thousand small prefixes with a tenth of the keys, and a huge one in their midst with the rest. */
function skewedNamer(keys: number): KeyNamer {
  const perPrefix = Math.max(1, Math.floor(keys / 10 / SMALL_PREFIXES));
  const before = Math.min(perPrefix * (SMALL_PREFIXES / 2), keys);
  const after = Math.min(before, keys - before);
  const huge = numberedNamer('huge/');
  return (index) => {
    if (index < before) return smallKey('a', index, perPrefix);
    if (index < keys - after) return huge(index - before);
    return smallKey('z', index - (keys - after), perPrefix);
  };
}

function smallKey(letter: string, index: number, perPrefix: number): string {
  return `${letter}${pad(Math.floor(index / perPrefix), 3)}/${pad(index % perPrefix, 9)}`;
}

/** One to four bytes each; the astral ones follow U+E000..U+FFFF, which UTF-16 has the other way round. */
const SIGNS = ['!', 'A', 'z', 'é', 'Ж', '中', '한', '\ue000', 'ﬁ', '\ufffd', '\u{10000}', '😀', '\u{20000}'];

function unicodeNamer(keys: number): KeyNamer {
  const width = Math.max(1, Math.ceil(Math.log(keys) / Math.log(SIGNS.length)) + 1);
  let cachedRest = -1;
  let head = '';
  return (index) => {
    const rest = Math.floor(index / SIGNS.length);
    if (rest !== cachedRest) {
      cachedRest = rest;
      head = spell(rest, width - 1);
    }
    return head + (SIGNS[index % SIGNS.length] as string);
  };
}

function spell(index: number, width: number): string {
  let name = '';
  for (let rest = index, place = 0; place < width; place++) {
    name = (SIGNS[rest % SIGNS.length] as string) + name;
    rest = Math.floor(rest / SIGNS.length);
  }
  return `名/${name}`;
}
