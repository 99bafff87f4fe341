/** Use case: another tool's configuration becomes a configuration file of this program, as far as it can be said here. */
import { BackupError } from '../errors.ts';
import type { ImportNote, SiteDocument } from './imported.ts';
import { importFrom, type ToolName } from './tools.ts';
import { writeNewFile } from './write-new-file.ts';

export interface ImportOptions {
  tool: ToolName;
  files: readonly string[];
  /** Where the result goes; undefined: it is returned alone. */
  output: string | undefined;
  /** Overwrite the file that is there. */
  force: boolean;
  homeDir: string;
}

export interface ImportResult {
  tool: ToolName;
  /** Of the configuration file. It holds secrets. */
  config: ConfigDocument;
  /** The file that was written; null where there is none. */
  output: string | null;
  notes: ImportNote[];
}

export interface ConfigDocument {
  Sites: SiteDocument[];
  Notifications?: { Webhooks: { Url: string; Format: string; On: string[] }[] };
}

/** The product's own check. @throws BackupError CONFIG_INVALID */
export type CheckConfig = (document: unknown) => Promise<unknown>;

/**
 * What is wrong with the result by the product's own check is a note too: it is mended by hand, in the result.
 * @throws BackupError as `importFrom`; REFUSED where the output is there already
 */
export async function importConfig(options: ImportOptions, check: CheckConfig): Promise<ImportResult> {
  const { tool, files, output, force, homeDir } = options;
  const { sites, notes, teamsWebhook } = await importFrom(tool, files, homeDir);
  const config: ConfigDocument = { Sites: sites };
  if (teamsWebhook !== undefined)
    config.Notifications = { Webhooks: [{ Url: teamsWebhook, Format: 'teams', On: ['failure'] }] };
  notes.push(...(await problemsOf(config, check)));
  if (output !== undefined) await writeNewFile(output, `${JSON.stringify(config, null, 2)}\n`, force);
  return { tool, config, output: output ?? null, notes };
}

async function problemsOf(config: ConfigDocument, check: CheckConfig): Promise<ImportNote[]> {
  try {
    await check(config);
    return [];
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return [{ site: null, field: 'the result', message: error.message, matters: true }];
  }
}
