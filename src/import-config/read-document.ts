/** Reads a file of another tool, JSON or YAML; the errors of neither quote what it holds, for that may be secret. */
import { readFile } from 'node:fs/promises';
import { JsonSyntaxError, parseJson } from '../config/json.ts';
import { positionOf } from '../config/source-line.ts';
import { BackupError, systemErrorCode } from '../errors.ts';

const maxBytes = 4 * 1024 * 1024;
/** A document can name itself over and over ("billion laughs"). */
const maxAliases = 100;

/** @throws BackupError CONFIG_NOT_FOUND, CONFIG_INVALID */
export async function readJsonDocument(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid(path, `is not valid JSON: ${placed(text, error.offset)}: ${error.message}`, error);
  }
}

/** @throws BackupError CONFIG_NOT_FOUND, CONFIG_INVALID */
export async function readYamlDocument(path: string): Promise<unknown> {
  const text = await readText(path);
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: false, version: '1.2', merge: true });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw invalid(path, `is not valid YAML: ${placed(text, problem.pos[0])} (${problem.code})`, problem);
  try {
    return document.toJS({ maxAliasCount: maxAliases }) as unknown;
  } catch (error) {
    throw invalid(path, 'is not valid YAML: its aliases cannot be resolved', error);
  }
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > maxBytes) throw invalid(path, 'is too large to be a configuration file');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new BackupError('CONFIG_NOT_FOUND', `There is no file ${path}.`, {
        hint: 'Name the configuration files of the tool that is to be taken over.',
        cause: error,
      });
    }
    throw invalid(path, `cannot be read (${code ?? 'it is not UTF-8 text'})`, error);
  }
}

function placed(text: string, offset: number): string {
  const { line, column } = positionOf(text, offset);
  return `line ${line}, column ${column}`;
}

function invalid(path: string, what: string, cause?: unknown): BackupError {
  return new BackupError('CONFIG_INVALID', `${path} ${what}.`, {
    hint: 'Correct the file, or name another.',
    cause,
  });
}
