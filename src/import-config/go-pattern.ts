/**
 * Regular expressions in the syntax of Go (github.com/google/re2/wiki/Syntax) as JavaScript has them. What means something else there, or
 * nothing, is not guessed at.
 */

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * Undefined where it cannot be said in JavaScript's syntax. `(?i)` at the beginning stays: the configuration knows it there.
 */
export function fromGoPattern(pattern: string): string | undefined {
  const flag = pattern.startsWith('(?i)') ? '(?i)' : '';
  const translated = translate(pattern.slice(flag.length));
  return translated !== undefined && isPattern(translated) ? flag + translated : undefined;
}

function translate(pattern: string): string | undefined {
  let text = '';
  let inSet = false;
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const posix = inSet ? /^\[:(\^?)(\w+):\]/.exec(rest) : null;
    const escape = /^\\(.)/su.exec(rest);
    if (posix !== null) {
      const members = posixClasses[posix[2] ?? ''];
      if (members === undefined || posix[1] === '^') return undefined;
      text += members;
      at += posix[0].length - 1;
    } else if (escape !== null) {
      const said = escaped(escape[1] ?? '', inSet);
      if (said === undefined) return undefined;
      text += said;
      at += escape[0].length - 1;
    } else if (!inSet && rest.startsWith('(?')) {
      const group = /^\(\?(?:P?<(\w+)>|:)/.exec(rest);
      if (group === null) return undefined;
      text += group[1] === undefined ? '(?:' : `(?<${group[1]}>`;
      at += group[0].length - 1;
    } else {
      if (rest[0] === '[') {
        // The first of a set may be a closing bracket there, which JavaScript takes for its end.
        if (!inSet && /^\[\^?\]/.test(rest)) return undefined;
        text += inSet ? '\\[' : '[';
        inSet = true;
      } else {
        if (rest[0] === ']') inSet = false;
        text += rest[0] ?? '';
      }
    }
  }
  return inSet ? undefined : text;
}

function escaped(character: string, inSet: boolean): string | undefined {
  if (character === 'A' && !inSet) return '^';
  if (character === 'z' && !inSet) return '$';
  if (character === 'a') return '\\x07';
  // Of letters and digits, these mean the same on both sides; `\s` is wider in JavaScript.
  if (/[A-Za-z0-9]/.test(character))
    return 'dDwWbBtnfrv'.includes(character) ? `\\${character}` : spaces(character, inSet);
  return `\\${character}`;
}

function spaces(character: string, inSet: boolean): string | undefined {
  if (character === 's') return inSet ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]';
  if (character === 'S' && !inSet) return '[^\\t\\n\\f\\r ]';
  return undefined;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
