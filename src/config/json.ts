/**
 * Reads JSON (RFC 8259) and says where it is wrong. `JSON.parse` is not used for the document: not all of its errors have a
 * position, their messages quote the text, which holds secrets here, and it takes the last of two fields with one name in silence.
 */
export class JsonSyntaxError extends Error {
  /** In UTF-16 units from the start of the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

const blank = /[ \t\n\r]*/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const depthLimit = 100;

/**
 * Same result as `JSON.parse`.
 * @throws JsonSyntaxError whose message says what was expected and quotes nothing; also for a field that occurs twice.
 */
export function parseJson(source: string): unknown {
  return new Parser(source).document();
}

class Parser {
  private readonly source: string;
  private offset = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  document(): unknown {
    const value = this.value();
    if (this.offset < this.source.length) throw this.expected('the end of the file');
    return value;
  }

  private value(): unknown {
    this.match(blank);
    const value = this.bareValue();
    this.match(blank);
    return value;
  }

  private bareValue(): unknown {
    const first = this.source[this.offset];
    if (first === '{') return this.nested(() => this.object());
    if (first === '[') return this.nested(() => this.array());
    if (first === '"') return this.string();
    const token = this.match(literal);
    if (token === undefined)
      throw this.expected('a value (a text in double quotes, a number, true, false, { or [)');
    return JSON.parse(token);
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > depthLimit) throw new JsonSyntaxError('nested too deeply', this.offset);
    this.offset += 1;
    const value = read();
    this.depth -= 1;
    return value;
  }

  private object(): Record<string, unknown> {
    const fields = new Map<string, unknown>();
    if (this.ends('}')) return {};
    do {
      this.match(blank);
      const nameOffset = this.offset;
      const name = this.name();
      if (fields.has(name)) throw new JsonSyntaxError('a field that is already set above', nameOffset);
      if (!this.take(':')) throw this.expected('":"');
      fields.set(name, this.value());
    } while (this.take(','));
    if (!this.take('}')) throw this.expected('"," or "}"');
    return Object.fromEntries(fields);
  }

  private array(): unknown[] {
    const items: unknown[] = [];
    if (this.ends(']')) return items;
    do items.push(this.value());
    while (this.take(','));
    if (!this.take(']')) throw this.expected('"," or "]"');
    return items;
  }

  private name(): string {
    if (this.source[this.offset] !== '"') throw this.expected('a field name in double quotes');
    const name = this.string();
    this.match(blank);
    return name;
  }

  private string(): string {
    const token = this.match(text);
    if (token === undefined) {
      throw new JsonSyntaxError(
        'a text that is not closed, or holds a bare line break or a bad escape',
        this.offset,
      );
    }
    return JSON.parse(token) as string;
  }

  private ends(bracket: string): boolean {
    this.match(blank);
    return this.take(bracket);
  }

  private take(character: string): boolean {
    if (this.source[this.offset] !== character) return false;
    this.offset += 1;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const token = pattern.exec(this.source)?.[0];
    this.offset += token?.length ?? 0;
    return token;
  }

  private expected(what: string): JsonSyntaxError {
    const found = this.offset >= this.source.length ? ', found the end of the file' : '';
    return new JsonSyntaxError(`expected ${what}${found}`, this.offset);
  }
}
