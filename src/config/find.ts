/** Where the configuration file is looked for. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';

export interface ConfigSearch {
  /** `-c, --config`. */
  flag?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

const fileName = 'backup-my-bucket.conf';
const systemPath = `/opt/backup-my-bucket/${fileName}`;

/**
 * The absolute path of the configuration file: the flag's, else `$BACKUP_MY_BUCKET_CONF`, else `./backup-my-bucket.conf`, else
 * the one under /opt. A path that was asked for is not replaced by another when it is missing.
 * @throws BackupError CONFIG_NOT_FOUND, listing where it looked.
 */
export function findConfig(search: ConfigSearch): string {
  const paths = searchPaths(search);
  const found = paths.find(isThere);
  if (found !== undefined) return found;
  const fromEnvironment = search.flag === undefined && paths.length === 1;
  throw new BackupError(
    'CONFIG_NOT_FOUND',
    `There is no configuration file: looked for ${paths.join(' and ')}${fromEnvironment ? ' ($BACKUP_MY_BUCKET_CONF)' : ''}.`,
    {
      hint: 'Name one with -c PATH, or copy backup-my-bucket.conf.example to one of these places and fill it in.',
    },
  );
}

/** Absolute paths in the order of looking. */
export function searchPaths({ flag, env, cwd }: ConfigSearch): string[] {
  if (flag !== undefined) return [resolve(cwd, flag)];
  const named = env['BACKUP_MY_BUCKET_CONF'];
  if (named !== undefined && named !== '') return [resolve(cwd, named)];
  return [resolve(cwd, fileName), systemPath];
}

/** A file that exists but may not be looked at counts as found, so that reading it says what is wrong. */
function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
