/**
 * Globs over object keys. A key is one string, not a path: `*` matches slashes too, and a leading dot is nothing special.
 * `?` is one character, `[abc]`, `[a-z]`, `[!a-z]` one of a set, `\` takes the next character as it is. The whole key has to match.
 */
import { BackupError } from './errors.ts';

type Token = { kind: 'any' } | { kind: 'one'; matches: (character: string) => boolean };

export class Glob {
  /** Every key that matches begins with it. */
  readonly literalPrefix: string;
  /** True where it matches no other key than `literalPrefix`. */
  readonly isLiteral: boolean;
  readonly #rest: readonly Token[];

  /** @throws BackupError USAGE for an empty pattern, or one that ends with a lone `\` */
  constructor(pattern: string) {
    if (pattern === '') throw unusable(pattern, 'is empty');
    const characters = [...pattern];
    const { literal, end } = literalBeginning(characters, pattern);
    this.literalPrefix = literal;
    this.#rest = tokensOf(characters.slice(end), pattern);
    this.isLiteral = this.#rest.length === 0;
  }

  matches(key: string): boolean {
    if (!key.startsWith(this.literalPrefix)) return false;
    if (this.isLiteral) return key.length === this.literalPrefix.length;
    return matchesTokens([...key.slice(this.literalPrefix.length)], this.#rest);
  }
}

function literalBeginning(characters: readonly string[], pattern: string): { literal: string; end: number } {
  let literal = '';
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    if (character === '*' || character === '?' || (character === '[' && closingOf(characters, at) > 0)) break;
    literal += character === '\\' ? escaped(characters, ++at, pattern) : character;
    at += 1;
  }
  return { literal, end: at };
}

function tokensOf(characters: readonly string[], pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const closing = character === '[' ? closingOf(characters, at) : -1;
    if (character === '*') tokens.push({ kind: 'any' });
    else if (character === '?') tokens.push({ kind: 'one', matches: () => true });
    else if (closing > 0) {
      tokens.push({ kind: 'one', matches: setOf(characters.slice(at + 1, closing)) });
      at = closing;
    } else {
      const literal = character === '\\' ? escaped(characters, ++at, pattern) : character;
      tokens.push({ kind: 'one', matches: (other) => other === literal });
    }
  }
  return tokens;
}

/** Where the set that begins at `at` ends; a `]` right at its beginning is part of it. -1: it is no set, but a bracket. */
function closingOf(characters: readonly string[], at: number): number {
  const first = characters[at + 1] === '!' ? at + 2 : at + 1;
  return characters.indexOf(']', first + 1);
}

function setOf(content: readonly string[]): (character: string) => boolean {
  const isNegated = content[0] === '!';
  const members = isNegated ? content.slice(1) : content;
  const ranges: [low: number, high: number][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const low = codeOf(members[at]);
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    ranges.push([low, isRange ? codeOf(members[at + 2]) : low]);
    if (isRange) at += 2;
  }
  return (character) => {
    const code = codeOf(character);
    return ranges.some(([low, high]) => code >= low && code <= high) !== isNegated;
  };
}

function codeOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}

function escaped(characters: readonly string[], at: number, pattern: string): string {
  const character = characters[at];
  if (character === undefined) throw unusable(pattern, 'ends with a backslash');
  return character;
}

function unusable(pattern: string, reason: string): BackupError {
  return new BackupError('USAGE', `The pattern ${JSON.stringify(pattern)} ${reason}.`, {
    hint: '* stands for any characters, ? for one, [a-z] for one of a set; a backslash takes the next character as it is.',
  });
}

/** Goes back to the last `*` only: an earlier one can do nothing that the last one cannot. So the time is bounded. */
function matchesTokens(characters: readonly string[], tokens: readonly Token[]): boolean {
  let at = 0;
  let next = 0;
  let afterStar = -1;
  let starTook = 0;
  while (at < characters.length) {
    const token = tokens[next];
    if (token?.kind === 'any') {
      afterStar = ++next;
      starTook = at;
    } else if (token?.matches(characters[at] ?? '')) {
      next += 1;
      at += 1;
    } else if (afterStar >= 0) {
      next = afterStar;
      at = ++starTook;
    } else return false;
  }
  while (tokens[next]?.kind === 'any') next += 1;
  return next === tokens.length;
}
