/**
 * Walks an XML 1.0 document of elements and text without building a tree. It accepts only what is well-formed in the parts
 * that S3 documents use (elements, attributes, text, the predefined entities and character references, CDATA, comments,
 * processing instructions), and throws XmlError at everything else; document type declarations are refused. It is lenient where
 * there is no doubt about the meaning: character references to control characters, which servers write for keys that XML
 * cannot hold; control characters in what is skipped; namespaces, which are not resolved: a prefix is dropped.
 */
import { isUtf8 } from 'node:buffer';
import { decodeEntities } from './xml-entities.ts';
import { XmlError } from './xml-error.ts';

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const maxDepth = 64;
const cutOff = 'the document is cut off';

// What XML 1.0 allows nowhere (section 2.2) but for U+FFFE and U+FFFF, which radosgw writes as they are; and the shape of its
// names (2.3), roughly beyond ASCII.
const illegal = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;
const tagName = /[A-Za-z_:\u0080-\uffff][\w.:\u0080-\uffff-]*/y;
const instruction = /^(?!xml(?:\s|$))[A-Za-z_:\u0080-\uffff][\w.:\u0080-\uffff-]*(?:\s|$)/i;
const declaration =
  /<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')(?:\s+encoding\s*=\s*(?:"([\w.-]+)"|'([\w.-]+)'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/y;

export class XmlReader {
  readonly document: string;
  /** Where the reader stands in `document`. */
  at = 0;
  /** Local name of the element that was opened last. */
  name = '';
  /** Bounds of the raw text that `text` read last; -1 where it was not one piece. */
  textStart = -1;
  textEnd = -1;

  /** Whole name of the element that was opened last. */
  #tag = '';
  #selfClosed = false;

  /** Throws XmlError unless the bytes are UTF-8 and say nothing else. */
  constructor(bytes: Buffer) {
    if (!isUtf8(bytes)) throw new XmlError('the document is not UTF-8', 0);
    this.document = bytes.toString('utf8');
    if (this.document.startsWith('\ufeff')) this.at = 1;
    this.#declaration();
  }

  /** Opens the root element. */
  openRoot(): void {
    this.#misc();
    if (this.#code() !== LT) this.fail('there is no root element');
    this.#startTag();
  }

  /** To be called after the root was closed: nothing but comments may follow. */
  finish(): void {
    this.#misc();
    if (this.at !== this.document.length) this.fail('something follows the root element');
  }

  /** Opens the next child of the element that is open; false when none is left, and `close` is to be called. */
  openChild(): boolean {
    for (;;) {
      this.#whitespace();
      if (this.#code() !== LT) this.fail(this.#isAtEnd() ? cutOff : 'text where elements are expected');
      const next = this.#code(1);
      if (next === SLASH) return false;
      if (next !== BANG && next !== QUESTION) {
        this.#startTag();
        return true;
      }
      this.#commentOrInstruction();
    }
  }

  /** The whole name of the element that was opened last, for `close`. Undefined when it was `<a/>` and is closed already. */
  opened(): string | undefined {
    return this.#selfClosed ? undefined : this.#tag;
  }

  /** Reads the end tag of this whole name. */
  close(tag: string): void {
    if (!this.document.startsWith('</', this.at))
      this.fail(this.#isAtEnd() ? cutOff : 'an end tag is missing');
    if (!this.document.startsWith(tag, this.at + 2)) this.fail(`</${tag}> is missing`);
    this.at += 2 + tag.length;
    if (this.#code() !== GT) {
      this.#whitespace();
      if (this.#code() !== GT) this.fail(this.#isAtEnd() ? cutOff : `</${tag}> is malformed`);
    }
    this.at++;
  }

  /** Reads text and end tag of the element that was opened last. It must have no child elements. */
  text(): string {
    this.textStart = this.textEnd = -1;
    if (this.#selfClosed) return '';
    const tag = this.#tag;
    const start = this.at;
    let value = this.#characters(true);
    const end = this.at;
    if (this.#code(1) === SLASH) {
      this.textStart = start;
      this.textEnd = end;
    }
    while (this.#code(1) !== SLASH) {
      const next = this.#code(1);
      if (next !== BANG && next !== QUESTION) {
        this.fail(Number.isNaN(next) ? cutOff : 'an element stands where text is expected');
      }
      value += this.#sectionOrComment();
      value += this.#characters(true);
    }
    this.close(tag);
    return value;
  }

  /** Reads the element that was opened last to its end, whatever is in it. */
  skip(): void {
    if (this.#selfClosed) return;
    const open = [this.#tag];
    while (open.length > 0) {
      this.#characters(false);
      const next = this.#code(1);
      if (next === SLASH) this.close(open.pop()!);
      else if (next === BANG || next === QUESTION) this.#sectionOrComment();
      else {
        this.#startTag();
        if (!this.#selfClosed) open.push(this.#tag);
        if (open.length > maxDepth) this.fail('elements are nested too deeply');
      }
    }
  }

  fail(reason: string): never {
    throw new XmlError(reason, this.at);
  }

  #code(ahead = 0): number {
    return this.document.charCodeAt(this.at + ahead);
  }

  #isAtEnd(): boolean {
    return this.at >= this.document.length;
  }

  #declaration(): void {
    if (!/^<\?xml\s/.test(this.document.slice(this.at, this.at + 6))) return;
    const match = this.#match(declaration) ?? this.fail('the XML declaration is malformed');
    const encoding = match[1] ?? match[2] ?? 'utf-8';
    if (!/^(utf-?8|us-ascii)$/i.test(encoding)) this.fail(`the document says it is ${encoding}, not UTF-8`);
  }

  /** Matches a sticky expression where the reader stands, and goes behind it. */
  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.document);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }

  /** Whitespace, comments and processing instructions outside of the root element. */
  #misc(): void {
    for (;;) {
      this.#whitespace();
      const next = this.#code(1);
      if (this.#code() !== LT || (next !== BANG && next !== QUESTION)) return;
      this.#commentOrInstruction();
    }
  }

  #whitespace(): void {
    while (isSpace(this.#code())) this.at++;
  }

  #startTag(): void {
    this.at++;
    const match = this.#match(tagName) ?? this.fail(this.#isAtEnd() ? cutOff : 'a tag has no name');
    this.#tag = match[0];
    this.name = this.#tag.slice(this.#tag.lastIndexOf(':') + 1);
    if (this.#code() !== GT) this.#attributes();
    this.#selfClosed = this.#code() === SLASH;
    if (this.#selfClosed) this.at++;
    if (this.#code() !== GT) this.fail(this.#isAtEnd() ? cutOff : 'a tag is malformed');
    this.at++;
  }

  /** Attributes are read to find their end; their values are of no use here. */
  #attributes(): void {
    const seen = new Set<string>();
    for (;;) {
      const before = this.at;
      this.#whitespace();
      if (this.#isAtEnd()) this.fail(cutOff);
      if (this.#code() === GT || this.#code() === SLASH) return;
      if (before === this.at) this.fail('a tag is malformed');
      const [name] = this.#match(tagName) ?? this.fail('a tag is malformed');
      if (seen.has(name)) this.fail(`attribute ${name} stands there twice`);
      seen.add(name);
      this.#attributeValue();
    }
  }

  #attributeValue(): void {
    if (this.#match(/\s*=\s*/y) === undefined)
      this.fail(this.#isAtEnd() ? cutOff : 'an attribute has no value');
    const [quoted] = this.#match(/"[^"<]*"|'[^'<]*'/y) ?? this.fail('an attribute value is malformed');
    if (illegal.test(quoted)) this.fail('an attribute value holds a control character');
    decodeEntities(quoted, this.at - quoted.length);
  }

  /** Goes to the next `<`, and returns what the text before it means. */
  #characters(isValue: boolean): string {
    const start = this.at;
    const end = this.document.indexOf('<', start);
    if (end < 0) this.fail(cutOff);
    const raw = this.document.slice(start, end);
    if (isValue && illegal.test(raw)) this.fail('a value holds a control character');
    // XML says that a bare one is read as a line feed; a server that writes it may mean the byte.
    if (isValue && raw.includes('\r')) this.fail('a value holds a bare carriage return');
    if (raw.includes(']]>')) this.fail('a text holds "]]>"');
    this.at = end;
    return raw.includes('&') ? decodeEntities(raw, start) : raw;
  }

  /** The text of a CDATA section, or nothing. */
  #sectionOrComment(): string {
    return this.#cdata() ?? this.#commentOrInstruction();
  }

  #cdata(): string | undefined {
    if (!this.document.startsWith('<![CDATA[', this.at)) return undefined;
    const start = this.at + 9;
    const end = this.document.indexOf(']]>', start);
    if (end < 0) this.fail(cutOff);
    const text = this.document.slice(start, end);
    if (illegal.test(text) || text.includes('\r')) this.fail('a CDATA section holds a control character');
    this.at = end + 3;
    return text;
  }

  /** Both mean nothing. */
  #commentOrInstruction(): '' {
    const isComment = this.document.startsWith('<!--', this.at);
    if (!isComment && this.#code(1) === BANG) {
      this.fail(this.document.length - this.at < 9 ? cutOff : 'a declaration that is not read here');
    }
    const start = this.at + (isComment ? 4 : 2);
    const end = this.document.indexOf(isComment ? '--' : '?>', start);
    if (end < 0) this.fail(cutOff);
    if (isComment && this.document.charCodeAt(end + 2) !== GT) this.fail('a comment holds "--"');
    const content = this.document.slice(start, end);
    if (illegal.test(content)) this.fail('a comment holds a control character');
    if (!isComment && !instruction.test(content)) this.fail('a processing instruction is malformed');
    this.at = end + (isComment ? 3 : 2);
    return '';
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}
