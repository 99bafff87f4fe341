import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { BackupError, systemErrorCode } from '../errors.ts';
import { migrations } from './migrations.ts';

export type Connection = Database.Database;

const busyTimeoutMs = 10_000;

/**
 * Opens `catalogue.sqlite` (made when missing) in WAL mode and brings its schema up to date.
 * @throws BackupError CATALOGUE_DAMAGED when SQLite cannot read it or a newer version wrote it; SNAPSHOTS_DIR when
 * the folder does not let it be written.
 */
export function openConnection(path: string): Connection {
  const isNew = !existsSync(path);
  let connection: Connection | undefined;
  try {
    connection = new Database(path, { timeout: busyTimeoutMs });
    connection.pragma('journal_mode = WAL');
    // A row is written after its manifest is on disk; it must not be lost to a power cut while the manifest stays.
    connection.pragma('synchronous = FULL');
    migrate(connection, path);
    return connection;
  } catch (error) {
    connection?.close();
    throw catalogueError(error, path, isNew ? 'made' : 'opened');
  }
}

function migrate(connection: Connection, path: string): void {
  const run = connection.transaction(() => {
    // Read inside the transaction: another process may be migrating at the same moment.
    const version = connection.pragma('user_version', { simple: true }) as number;
    if (version > migrations.length) {
      throw new BackupError('CATALOGUE_DAMAGED', `The catalogue ${path} was written by a newer version.`, {
        hint: 'Install that version again, or run "backup-my-bucket catalogue rebuild": it is made anew from the manifests.',
      });
    }
    for (const step of migrations.slice(version)) connection.exec(step);
    connection.pragma(`user_version = ${migrations.length}`);
  });
  if ((connection.pragma('user_version', { simple: true }) as number) !== migrations.length) run.immediate();
}

/** What users see where SQLite fails. @param action what was tried: the catalogue cannot be `opened` */
export function catalogueError(
  error: unknown,
  path: string,
  action: 'made' | 'opened' | 'read' | 'written',
): BackupError {
  if (error instanceof BackupError) return error;
  const code = systemErrorCode(error) ?? '';
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR)/.test(code)) {
    return new BackupError('CATALOGUE_DAMAGED', `The catalogue ${path} is damaged (${code}).`, {
      hint: 'Run "backup-my-bucket catalogue rebuild": the catalogue is made anew from the manifests.',
      cause: error,
    });
  }
  if (/^SQLITE_BUSY/.test(code)) {
    return new BackupError('LOCKED', `The catalogue ${path} is being written by another run.`, {
      hint: 'Run the command again in a moment.',
      cause: error,
    });
  }
  return new BackupError(
    'SNAPSHOTS_DIR',
    `The catalogue ${path} cannot be ${action} (${code || String(error)}).`,
    {
      hint: 'Check that the folder exists, is on a disk with free space, and that this user may write in it.',
      cause: error,
    },
  );
}
