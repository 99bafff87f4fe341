/** The entities of XML 1.0, section 4.6, and character references, section 4.1. */
import { XmlError } from './xml-error.ts';

const predefined: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Unlike XML 1.0 it takes references to control characters (except 0): S3 servers write them for keys that have such characters.
 * Throws XmlError at an unknown entity and at an ampersand that begins none. `offset` is for its message.
 */
export function decodeEntities(text: string, offset: number): string {
  let decoded = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    if (end < 0) throw new XmlError('an ampersand begins no entity', offset + at);
    decoded += text.slice(from, at) + decodeOne(text.slice(at + 1, end), offset + at);
    from = end + 1;
  }
  return decoded + text.slice(from);
}

function decodeOne(name: string, offset: number): string {
  const digits = /^#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}))$/.exec(name);
  if (digits !== null) return characterOf(digits[1], digits[2], offset);
  const character = Object.hasOwn(predefined, name) ? predefined[name] : undefined;
  if (character === undefined) throw new XmlError(`unknown entity &${name.slice(0, 20)};`, offset);
  return character;
}

function characterOf(hex: string | undefined, decimal: string | undefined, offset: number): string {
  const codePoint = hex === undefined ? Number(decimal) : parseInt(hex, 16);
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  if (codePoint === 0 || codePoint > 0x10ffff || isSurrogate) {
    throw new XmlError('a character reference names no character', offset);
  }
  return String.fromCodePoint(codePoint);
}
