/** Writing and reading the small XML documents of S3. */
import { S3Error } from './s3-error.ts';

export const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
export const XML_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

const NEEDS_ESCAPE = /[&<>"\u0000-\u001f\u007f]/;
const ESCAPED_EACH = /[&<>"\u0000-\u001f\u007f]/g;

/** Control characters become references, which XML 1.0 forbids for most: that is what S3 sends too (trap 24). */
export function escapeXml(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  return text.replace(ESCAPED_EACH, (char) => {
    if (char === '&') return '&amp;';
    if (char === '<') return '&lt;';
    if (char === '>') return '&gt;';
    if (char === '"') return '&quot;';
    return `&#x${char.charCodeAt(0).toString(16)};`;
  });
}

/** One element with text, or nothing at all where `text` is undefined. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

export function document(root: string, inner: string): string {
  return `${XML_HEAD}<${root} ${XML_NAMESPACE}>${inner}</${root}>`;
}

export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

export function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((candidate) => candidate.name === name);
}

export function childText(parent: XmlElement, name: string): string | undefined {
  return child(parent, name)?.text;
}

const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<([^>]*)>|([^<]+)/g;
// XML 1.0 has no control characters but tab, line feed and carriage return, neither raw nor as references.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Reads a request's document; attributes and name space prefixes are dropped.
 * @throws S3Error MalformedXML, also for characters that XML 1.0 does not allow (trap 24).
 */
export function parseXml(source: string): XmlElement {
  if (FORBIDDEN.test(source)) throw malformed();
  const root: XmlElement = { name: '', text: '', children: [] };
  const open: XmlElement[] = [root];
  let readUpTo = 0;
  for (const match of source.matchAll(TOKEN)) {
    if (match.index !== readUpTo) throw malformed();
    readUpTo = match.index + match[0].length;
    const current = open.at(-1) as XmlElement;
    if (match[1] !== undefined) current.text += match[1];
    else if (match[2] !== undefined) readTag(match[2], open);
    else if (match[3] !== undefined) current.text += unescapeXml(match[3].replace(/\r\n?/g, '\n'));
  }
  const document = root.children[0];
  if (readUpTo !== source.length || open.length !== 1 || document === undefined || root.children.length > 1) {
    throw malformed();
  }
  return document;
}

function readTag(tag: string, open: XmlElement[]): void {
  const name = /^\/?\s*(?:[\w.-]+:)?([\w.-]+)/.exec(tag)?.[1];
  if (name === undefined) throw malformed();
  if (tag.startsWith('/')) {
    if (open.length < 2 || open.pop()?.name !== name) throw malformed();
    return;
  }
  const made: XmlElement = { name, text: '', children: [] };
  (open.at(-1) as XmlElement).children.push(made);
  if (!tag.endsWith('/')) open.push(made);
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);|&/g, (_, name: string | undefined) => {
    if (name === undefined) throw malformed();
    const char = name.startsWith('#') ? fromReference(name) : NAMED[name];
    if (char === undefined || FORBIDDEN.test(char)) throw malformed();
    return char;
  });
}

function fromReference(name: string): string | undefined {
  const point = name.startsWith('#x') ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

function malformed(): S3Error {
  return new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
