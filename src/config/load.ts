/** Reads the configuration file, checks it and tells all that is wrong with it at once. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';
import { findDisagreements } from './agreement.ts';
import type { Config } from './config.ts';
import { findSharedFolders } from './shared-folders.ts';
import { JsonSyntaxError, parseJson } from './json.ts';
import { positionOf, showPlace } from './source-line.ts';

const maxFileBytes = 1024 * 1024;

/**
 * The configuration in the file at `path`, checked and defaulted. Secrets are in the result and never in an error.
 * @throws BackupError CONFIG_NOT_FOUND where there is no such file, CONFIG_INVALID where it cannot be read, is not JSON, or holds
 * unknown, missing or mistyped fields (all are named).
 */
export async function loadConfig(path: string): Promise<Config> {
  const absolute = resolve(path);
  const document = await parse(absolute, await read(absolute));
  return checkConfig(absolute, document);
}

async function read(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (bytes.length > maxFileBytes) throw invalid(path, 'is too large to be a configuration file.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BackupError('CONFIG_INVALID', `${path} is not UTF-8 text.`, {
      hint: 'Save the configuration file as UTF-8.',
      cause: error,
    });
  }
}

function unreadable(path: string, cause: unknown): BackupError {
  const code = systemErrorCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const hint = 'Name the configuration file with -c PATH.';
    return new BackupError('CONFIG_NOT_FOUND', `There is no configuration file ${path}.`, { hint, cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new BackupError('CONFIG_INVALID', `Permission to read ${path} is denied.`, {
      hint: 'Run as the user that owns the file, or let this user read it (it holds secrets: nobody else).',
      cause,
    });
  }
  if (code === 'EISDIR') {
    const hint = 'Name the configuration file with -c PATH.';
    return new BackupError('CONFIG_INVALID', `${path} is a folder, not a configuration file.`, {
      hint,
      cause,
    });
  }
  return new BackupError('CONFIG_INVALID', `${path} cannot be read: ${code ?? String(cause)}.`, {
    hint: 'See whether the disk and the file system are well.',
    cause,
  });
}

async function parse(path: string, source: string): Promise<unknown> {
  try {
    return parseJson(source);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = positionOf(source, error.offset);
    const { knownNames } = await import('./schema.ts');
    const place = showPlace(source, error.offset, knownNames);
    throw invalid(
      path,
      `is not valid JSON: line ${line}, column ${column}: ${error.message}.\n${place}`,
      error,
    );
  }
}

/**
 * A document as it would be in the file at `path`. The schema, and zod with it, is loaded only where one is checked.
 * @throws BackupError CONFIG_INVALID naming all that is wrong
 */
export async function checkConfig(path: string, document: unknown): Promise<Config> {
  const { configFile } = await import('./schema.ts');
  const { describeIssues } = await import('./problems.ts');
  const { convertConfig } = await import('./convert.ts');
  const { findSiteDisagreements } = await import('./sites-agreement.ts');
  const checked = configFile.safeParse(document);
  const problems = [
    ...(checked.success ? [] : describeIssues(checked.error.issues, document)),
    ...findDisagreements(document),
    ...findSiteDisagreements(document, dirname(path)),
    ...(await findSharedFolders(document, dirname(path))),
  ];
  if (!checked.success || problems.length > 0) throw wrongFields(path, problems);
  return convertConfig(checked.data, path);
}

function wrongFields(path: string, problems: readonly string[]): BackupError {
  const [first, ...others] = problems;
  if (others.length === 0) return invalid(path, `is not valid: ${sentence(first ?? '')}`);
  return invalid(
    path,
    `has ${problems.length} problems:\n${problems.map((text) => `  - ${sentence(text)}`).join('\n')}`,
  );
}

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

function invalid(path: string, what: string, cause?: unknown): BackupError {
  return new BackupError('CONFIG_INVALID', `${path} ${what}`, {
    hint: 'Correct the file; backup-my-bucket.conf.example shows its form.',
    cause,
  });
}
