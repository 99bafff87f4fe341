/** The commands with their arguments and flags, as oclif's manifest has them: what man page and completions are made of. */
import { readFileSync } from 'node:fs';

export interface Flag {
  name: string;
  /** The short form, without its dash. */
  char?: string | undefined;
  type: 'boolean' | 'option';
  summary: string;
  description?: string | undefined;
  /** The values that it takes, where only some are allowed. */
  options?: string[] | undefined;
  helpValue?: string | undefined;
  multiple: boolean;
  /** `--no-NAME` switches it off. */
  allowNo: boolean;
  isGlobal: boolean;
}

export interface Argument {
  name: string;
  description: string;
  required: boolean;
  multiple: boolean;
}

export interface CommandPage {
  /** As the user types it: `catalogue rebuild`. */
  name: string;
  summary: string;
  description: string;
  args: Argument[];
  flags: Flag[];
  examples: string[];
}

interface ManifestFlag {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  summary?: string;
  description?: string;
  options?: string[];
  helpValue?: string;
  helpGroup?: string;
  multiple?: boolean;
  allowNo?: boolean;
  hidden?: boolean;
}

interface ManifestCommand {
  id: string;
  summary?: string;
  description?: string;
  hidden?: boolean;
  examples?: string[];
  args: Record<string, { name: string; description?: string; required?: boolean; multiple?: boolean }>;
  flags: Record<string, ManifestFlag>;
}

/** @param manifest path of `oclif.manifest.json` */
export function readCommands(manifest: string): CommandPage[] {
  const { commands } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    commands: Record<string, ManifestCommand>;
  };
  return Object.values(commands)
    .filter(({ hidden }) => hidden !== true)
    .map(pageOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function pageOf({
  id,
  summary = '',
  description = '',
  args,
  flags,
  examples = [],
}: ManifestCommand): CommandPage {
  return {
    name: id.replaceAll(':', ' '),
    summary,
    description,
    args: Object.values(args).map(({ name, description = '', required = false, multiple = false }) => ({
      name,
      description,
      required,
      multiple,
    })),
    flags: Object.values(flags)
      .filter(({ hidden }) => hidden !== true)
      .map(flagOf)
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    examples: examples.map((example) => example.replaceAll('<%= config.bin %>', 'backup-my-bucket')),
  };
}

function flagOf(flag: ManifestFlag): Flag {
  return {
    name: flag.name,
    char: flag.char,
    type: flag.type,
    summary: flag.summary ?? flag.description ?? '',
    description: flag.summary === undefined ? undefined : flag.description,
    options: flag.options,
    helpValue: flag.helpValue,
    multiple: flag.multiple ?? false,
    allowNo: flag.allowNo ?? false,
    isGlobal: flag.helpGroup === 'GLOBAL',
  };
}
