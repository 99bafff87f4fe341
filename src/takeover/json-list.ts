/**
 * Reads one large JSON document whose bulk is a list, without holding it: an array, or an object with the list in one of its
 * fields. Elements are parsed one at a time; the text that is held is a piece of the file and one element.
 */

export interface ListDocument {
  /** What stood beside the list, up to where has been read. */
  fields: Map<string, unknown>;
  /** Batches of elements, in their order. @throws JsonListError where the text is no such document, or is cut off */
  elements(): AsyncGenerator<unknown[]>;
}

export class JsonListError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonListError';
  }
}

/** An element that is longer is none of ours; neither is a field beside the list. */
const maxValueCharacters = 1 << 20;
const batchSize = 1000;
const blank = /[ \t\n\r]*/y;
const structural = /["{}[\]]/g;
const endOfLiteral = /[,\]}\s]/g;

/**
 * @param pieces the text, in pieces of any length
 * @param isList whether the field of this name is the list, where its value is an array or null
 */
export function readJsonList(
  pieces: AsyncIterable<string>,
  isList: (field: string) => boolean,
): ListDocument {
  const fields = new Map<string, unknown>();
  const text = new TextWindow(pieces);
  return { fields, elements: () => documentOf(text, fields, isList) };
}

async function* documentOf(
  text: TextWindow,
  fields: Map<string, unknown>,
  isList: (field: string) => boolean,
): AsyncGenerator<unknown[]> {
  try {
    const first = await text.next();
    if (first === '[') yield* elementsOf(text);
    else if (first === '{') yield* listIn(text, fields, isList);
    else throw new JsonListError('it is neither a JSON object nor a list');
    if ((await text.next()) !== '') throw new JsonListError(`something follows its end, ${text.place()}`);
  } finally {
    await text.end();
  }
}

async function* listIn(
  text: TextWindow,
  fields: Map<string, unknown>,
  isList: (field: string) => boolean,
): AsyncGenerator<unknown[]> {
  let found = false;
  await text.take('{');
  while ((await text.next()) !== '}') {
    const name = await text.value();
    if (typeof name !== 'string') throw new JsonListError(`a field name is expected ${text.place()}`);
    await text.take(':');
    if (isList(name)) {
      if (found) throw new JsonListError(`it holds a second list, ${text.place()}`);
      found = true;
    }
    if (isList(name) && (await text.next()) === '[') yield* elementsOf(text);
    else fields.set(name, await text.value());
    if ((await text.next()) !== '}') await text.take(',');
  }
  await text.take('}');
  if (!found) throw new JsonListError('it holds no list of versions');
}

async function* elementsOf(text: TextWindow): AsyncGenerator<unknown[]> {
  let batch: unknown[] = [];
  await text.take('[');
  while ((await text.next()) !== ']') {
    // Waiting for each by itself would take longer than reading it.
    text.takeWhole(batch, batchSize - 1);
    if ((await text.next()) === ']') throw new JsonListError(`a value is expected ${text.place()}`);
    batch.push(await text.value());
    if ((await text.next()) !== ']') await text.take(',');
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  await text.take(']');
  yield batch;
}

/** What of the text is read and not used yet. */
class TextWindow {
  readonly #pieces: AsyncIterator<string>;
  #text = '';
  #at = 0;
  #before = 0;
  #hasEnded = false;

  constructor(pieces: AsyncIterable<string>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next character that is no space; empty at the end. */
  async next(): Promise<string> {
    for (;;) {
      this.#at = this.#skipBlank(this.#at);
      if (this.#at < this.#text.length) return this.#text[this.#at] ?? '';
      if (!(await this.#more())) return '';
    }
  }

  async take(character: string): Promise<void> {
    const next = await this.next();
    if (next === '') throw this.#cutOff();
    if (next !== character) throw new JsonListError(`"${character}" is expected ${this.place()}`);
    this.#at += 1;
  }

  /** The next value, parsed. */
  async value(): Promise<unknown> {
    if ((await this.next()) === '') throw this.#cutOff();
    let end = this.#endOfValue(this.#at);
    while (end === undefined) {
      if (this.#text.length - this.#at > maxValueCharacters)
        throw new JsonListError(`a value is too long, ${this.place()}`);
      if (!(await this.#more())) throw this.#cutOff();
      end = this.#endOfValue(this.#at);
    }
    const value = this.#parse(this.#at, end);
    this.#at = end;
    return value;
  }

  /** Adds the values that are whole in the window and have a comma behind them, until there are so many. */
  takeWhole(values: unknown[], most: number): void {
    while (values.length < most) {
      const start = this.#skipBlank(this.#at);
      const end = start < this.#text.length ? this.#endOfValue(start) : undefined;
      if (end === undefined) return;
      const comma = this.#skipBlank(end);
      if (this.#text[comma] !== ',') return;
      values.push(this.#parse(start, end));
      this.#at = comma + 1;
    }
  }

  place(): string {
    return `at character ${this.#before + this.#at + 1}`;
  }

  async end(): Promise<void> {
    await this.#pieces.return?.();
  }

  #cutOff(): JsonListError {
    return new JsonListError('it is cut off');
  }

  async #more(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const next = await this.#pieces.next();
    this.#hasEnded = next.done === true;
    if (next.done === true) return false;
    this.#before += this.#at;
    this.#text = this.#text.slice(this.#at) + next.value;
    this.#at = 0;
    return true;
  }

  #skipBlank(from: number): number {
    blank.lastIndex = from;
    blank.test(this.#text);
    return blank.lastIndex;
  }

  #parse(start: number, end: number): unknown {
    try {
      return JSON.parse(this.#text.slice(start, end));
    } catch {
      this.#at = start;
      throw new JsonListError(`it is no JSON ${this.place()}`);
    }
  }

  /** Undefined where it is not in the window yet. */
  #endOfValue(start: number): number | undefined {
    const first = this.#text[start];
    if (first === '"') return this.#endOfString(start);
    if (first === '{' || first === '[') return this.#endOfNested(start);
    endOfLiteral.lastIndex = start;
    const end = endOfLiteral.exec(this.#text)?.index;
    // Something has to stand there, or nothing would ever be used up.
    return end === start ? end + 1 : end;
  }

  #endOfString(start: number): number | undefined {
    for (let end = this.#text.indexOf('"', start + 1); end !== -1; end = this.#text.indexOf('"', end + 1)) {
      let backslashes = 0;
      while (this.#text[end - 1 - backslashes] === '\\') backslashes += 1;
      if (backslashes % 2 === 0) return end + 1;
    }
    return undefined;
  }

  #endOfNested(start: number): number | undefined {
    let depth = 0;
    structural.lastIndex = start;
    for (let found = structural.exec(this.#text); found !== null; found = structural.exec(this.#text)) {
      const [character] = found;
      if (character === '"') {
        const end = this.#endOfString(found.index);
        if (end === undefined) return undefined;
        structural.lastIndex = end;
        continue;
      }
      depth += character === '{' || character === '[' ? 1 : -1;
      if (depth === 0) return structural.lastIndex;
    }
    return undefined;
  }
}
