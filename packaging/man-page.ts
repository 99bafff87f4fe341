/** backup-my-bucket(1), in the man macros (man(7), groff_man(7)). */
import type { Argument, CommandPage, Flag } from './commands.ts';

/** As docs/reference.md says. */
export const exitCodeMeanings: Record<number, string> = {
  0: 'Done; also where there was nothing to do.',
  1: 'Failed. Nothing was half-done that a rerun does not mend.',
  2: 'Wrong usage or configuration. Nothing was touched.',
  3: 'Done in part: some objects failed, and each is listed.',
  4: 'Refused: a safety rule stands against it. The message names the rule and what overrides it.',
  5: 'Another run holds the lock.',
  75: 'Not yet: archived versions are being thawed. Run the same command again later.',
  130: 'Stopped by Ctrl-C.',
  143: 'Stopped by SIGTERM.',
};

const description = [
  'A snapshot records which version of each key of a versioned S3 bucket was current at one moment. It copies no objects. restore brings the protected bucket, or another one, back to such a moment; gc deletes the snapshots that the retention policy lets go, and the object versions that only they need.',
  'SNAPSHOT is a name, a unique beginning of one, latest, or @TIME: the newest snapshot that is not after TIME. TIME is ISO 8601, YYYY-MM-DD[ HH:MM[:SS]] in local time, now, or an age such as 36h, 7d, 2w.',
];

const files = [
  ['./backup-my-bucket.conf', 'The configuration, where there is one in the working directory.'],
  [
    '/opt/backup-my-bucket/backup-my-bucket.conf',
    'The configuration otherwise. It may hold secrets: let nobody else read it.',
  ],
  ['/var/lib/backup-my-bucket', 'The index of the snapshots, as the configuration comes with the package.'],
] as const;

/** @param version of the program */
export function manPage(commands: readonly CommandPage[], version: string): string {
  const lines = [
    `.TH BACKUP-MY-BUCKET 1 "" "backup-my-bucket ${version}" "User Commands"`,
    '.SH NAME',
    'backup\\-my\\-bucket \\- restore points for versioned S3 buckets',
    '.SH SYNOPSIS',
    '.B backup\\-my\\-bucket',
    '.I COMMAND',
    '[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]',
    '.SH DESCRIPTION',
    ...description.flatMap((text) => ['.PP', escape(text)]),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH FLAGS OF EVERY COMMAND',
    ...globalFlags(commands).flatMap(flagEntry),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodeMeanings).flatMap(([code, text]) => entry(`.B ${code}`, text)),
    '.SH ENVIRONMENT',
    ...entry(
      '.B BACKUP_MY_BUCKET_CONF',
      'Path of the configuration file, where \\-\\-config gives none.',
      true,
    ),
    ...entry(
      '.BR AWS_ACCESS_KEY_ID ", and others"',
      'Credentials, as for every AWS tool, where the configuration has none.',
    ),
    '.SH FILES',
    ...files.flatMap(([path, text]) => entry(`.I ${escape(path)}`, text)),
    '.SH SEE ALSO',
    '.IR /usr/share/doc/backup\\-my\\-bucket ,',
    '.BR systemd.timer (5),',
    '.BR crontab (5)',
  ];
  return `${lines.join('\n')}\n`;
}

export function globalFlags(commands: readonly CommandPage[]): Flag[] {
  return commands[0]?.flags.filter(({ isGlobal }) => isGlobal) ?? [];
}

function commandSection({ name, summary, description, args, flags, examples }: CommandPage): string[] {
  const words = args.map(argumentWord).join(' ');
  const own = flags.filter(({ isGlobal }) => !isGlobal);
  return [
    `.SS ${escape(name)}${words === '' ? '' : ` ${escape(words)}`}`,
    escape(summary),
    ...(description === '' ? [] : ['.PP', escape(description)]),
    ...args.flatMap((arg) => entry(`.I ${escape(arg.name.toUpperCase())}`, arg.description)),
    ...own.flatMap(flagEntry),
    ...(examples.length === 0 ? [] : ['.PP', '.nf', '.RS 4', ...examples.map(escape), '.RE', '.fi']),
  ];
}

export function argumentWord({ name, required, multiple }: Argument): string {
  const word = `${name.toUpperCase()}${multiple ? '...' : ''}`;
  return required ? word : `[${word}]`;
}

function flagEntry(flag: Flag): string[] {
  const long = `\\-\\-${flag.allowNo ? '[no\\-]' : ''}${escape(flag.name)}`;
  const forms = [...(flag.char === undefined ? [] : [`\\-${flag.char}`]), long].join(', ');
  const value =
    flag.type === 'boolean' ? '' : ` \\fI${escape(flag.options?.join('|') ?? flag.helpValue ?? 'VALUE')}\\fR`;
  const text = [flag.summary, flag.description ?? ''].filter((part) => part !== '').join(' ');
  return ['.TP', `\\fB${forms}\\fR${value}`, escape(text)];
}

function entry(head: string, text: string, isEscaped = false): string[] {
  return ['.TP', head, isEscaped ? text : escape(text)];
}

/** A dash would become a hyphen, which nobody can copy into a shell; a line that begins with a dot or a quote would be a macro. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
