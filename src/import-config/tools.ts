/** The tools whose configuration can be taken over, and how. */
import { BackupError } from '../errors.ts';
import type { Imported } from './imported.ts';
import { importMatriculaBackup } from './matricula-backup.ts';
import { readJsonDocument, readYamlDocument } from './read-document.ts';
import { importS3rsyncdb, type NamedDocument } from './s3rsyncdb.ts';
import { importS3syncService } from './s3sync-service.ts';

export const toolNames = ['s3rsyncdb', 's3sync-service', 'matricula-backup'] as const;
export type ToolName = (typeof toolNames)[number];

/**
 * @param homeDir for what begins with `~`
 * @throws BackupError USAGE for the wrong number of files; CONFIG_NOT_FOUND, CONFIG_INVALID for what is wrong with one
 */
export async function importFrom(
  tool: ToolName,
  files: readonly string[],
  homeDir: string,
): Promise<Imported> {
  switch (tool) {
    case 's3rsyncdb':
      return importS3rsyncdb(await Promise.all(files.map(readJson)));
    case 's3sync-service':
      return importS3syncService({
        file: onlyOne(tool, files),
        document: await readYamlDocument(onlyOne(tool, files)),
      });
    case 'matricula-backup':
      return importMatriculaBackup(await readJson(onlyOne(tool, files)), homeDir);
  }
}

async function readJson(file: string): Promise<NamedDocument> {
  return { file, document: await readJsonDocument(file) };
}

function onlyOne(tool: ToolName, files: readonly string[]): string {
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new BackupError('USAGE', `${tool} has one configuration file; ${files.length} were given.`, {
    hint: 'Run import-config for each file by itself.',
  });
}
