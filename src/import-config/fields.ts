/** Reads the fields of another tool's file: what has the wrong type is an error that names file and field and quotes no value. */
import { fieldPath, isObject, type FieldPath } from '../config/field-path.ts';
import { BackupError } from '../errors.ts';

export class Fields {
  readonly #file: string;
  readonly #path: FieldPath;
  readonly #values: Record<string, unknown>;
  readonly #asked = new Set<string>();

  /** @throws BackupError CONFIG_INVALID where it is no object; as do all methods for what has another type */
  constructor(file: string, value: unknown, path: FieldPath = []) {
    this.#file = file;
    this.#path = path;
    if (!isObject(value)) throw this.#wrong(path, 'an object');
    this.#values = value;
  }

  /** An empty text counts as left out, as it does for the tools. */
  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw this.#wrong([...this.#path, name], 'a text');
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.#wrong([...this.#path, name], 'a text; it is missing or empty');
    return value;
  }

  /** 0 or more. */
  wholeNumber(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong([...this.#path, name], 'a whole number, 0 or more');
    return value;
  }

  yesOrNo(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'boolean') throw this.#wrong([...this.#path, name], 'true or false');
    return value;
  }

  texts(name: string): string[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
      throw this.#wrong([...this.#path, name], 'a list of texts');
    return value;
  }

  objects(name: string): Fields[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.#wrong([...this.#path, name], 'a list of objects');
    return value.map((each, index) => new Fields(this.#file, each, [...this.#path, name, index]));
  }

  object(name: string): Fields | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : new Fields(this.#file, value, [...this.#path, name]);
  }

  requiredObject(name: string): Fields {
    const fields = this.object(name);
    if (fields === undefined) throw this.#wrong([...this.#path, name], 'an object; it is missing');
    return fields;
  }

  /** As it stands, for what has a form of its own. */
  raw(name: string): unknown {
    return this.#get(name);
  }

  /** The place of a field, for notes: `sites[1].exclusions`. */
  place(name: string): string {
    return fieldPath([...this.#path, name]);
  }

  /** The names that nobody has asked for: fields that the tool did not have when this was written. */
  unasked(): string[] {
    return Object.keys(this.#values).filter((name) => !this.#asked.has(name));
  }

  /** @returns the error to throw for a field whose value cannot be used */
  unusable(name: string, expected: string): BackupError {
    return this.#wrong([...this.#path, name], expected);
  }

  #get(name: string): unknown {
    this.#asked.add(name);
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === null ? undefined : value;
  }

  #wrong(path: FieldPath, expected: string): BackupError {
    const where = path.length === 0 ? 'the document' : fieldPath(path);
    return new BackupError('CONFIG_INVALID', `${this.#file}: ${where}: expected ${expected}.`, {
      hint: 'Correct it there, or give the files that belong to the tool that is named.',
    });
  }
}
