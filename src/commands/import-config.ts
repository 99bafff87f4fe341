import { homedir } from 'node:os';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { checkConfig } from '../config/load.ts';
import { importConfig, type ImportResult } from '../import-config/import-config.ts';
import type { ImportNote } from '../import-config/imported.ts';
import { toolNames } from '../import-config/tools.ts';
import { countOf, printable } from '../ui/format.ts';

export default class ImportConfig extends BaseCommand {
  static override summary = "Turn another tool's configuration into Sites of this program.";
  static override description =
    'Prints a configuration file with Sites, or writes it with --output, readable by nobody else, as it holds the keys of the other one. What cannot be carried over as it was is said on stderr; where something will be done otherwise than before, the exit code is 3.';
  static override examples = [
    '<%= config.bin %> import-config s3sync-service config.yml --output backup-my-bucket.conf',
    '<%= config.bin %> import-config s3rsyncdb s3_auth.json s3_conf.json',
    '<%= config.bin %> import-config matricula-backup ~/.local/matricula-backup/config.json',
  ];

  static override args = {
    tool: Args.string({ description: toolNames.join(', ') + '.', options: [...toolNames], required: true }),
    file: Args.string({
      description: 'Its configuration files.',
      required: true,
      multiple: true,
    }),
  };

  static override flags = {
    output: Flags.string({ summary: 'A new file instead of stdout.', helpValue: 'PATH' }),
    force: Flags.boolean({
      summary: 'Overwrite the file that --output names.',
      dependsOn: ['output'],
    }),
  };

  async run(): Promise<Omit<ImportResult, 'config'> | ImportResult> {
    const { args, flags } = await this.parse(ImportConfig);
    const tool = toolNames.find((name) => name === args.tool) ?? 's3rsyncdb';
    const result = await importConfig(
      { tool, files: args.file, output: flags.output, force: flags.force ?? false, homeDir: homedir() },
      (document) => checkConfig(flags.output ?? 'backup-my-bucket.conf', document),
    );
    const { config, ...rest } = result;
    for (const note of result.notes) process.stderr.write(`${render(note)}\n`);
    if (flags.json !== true) {
      if (result.output === null) process.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
      else if (!flags.quiet)
        process.stdout.write(`Wrote ${countOf(config.Sites.length, 'site')} to ${result.output}.\n`);
    }
    if (result.notes.some(({ matters }) => matters)) endInPart();
    // What is in a file with restricted permissions is not printed as well.
    return result.output === null ? result : rest;
  }
}

function render({ site, field, message, matters }: ImportNote): string {
  const where = site === null ? '' : `site ${printable(site)}: `;
  return `${matters ? 'Look at this' : 'Note'}: ${where}${field}: ${printable(message)}`;
}
