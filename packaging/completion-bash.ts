/** Completion for bash, without a call of the program: what it knows stands in the file. */
import type { CommandPage, Flag } from './commands.ts';

export function bashCompletion(commands: readonly CommandPage[]): string {
  const firstWords = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
  const lines = [
    '# bash completion for backup-my-bucket(1); generated from its commands.',
    '_backup_my_bucket() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words',
    '  COMPREPLY=()',
    '  case $previous in',
    ...valueCases(commands.flatMap(({ flags }) => flags)),
    '  esac',
    '  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    ...topics(commands).map(
      ([topic, seconds]) =>
        `    "${topic} "*) if [ "$COMP_CWORD" = 2 ]; then words='${seconds.join(' ')}'; else words='${flagWords(flagsBeneath(commands, topic))}'; fi ;;`,
    ),
    ...commands
      .filter(({ name }) => !name.includes(' '))
      .map(({ name, flags }) => `    "${name} "*) words='${flagWords(flags)}' ;;`),
    '  esac',
    `  if [ "$COMP_CWORD" = 1 ]; then words='${firstWords.join(' ')} --help --version'; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // Where nothing is known, as for a folder to be imported, file names.
    'complete -o default -F _backup_my_bucket backup-my-bucket',
  ];
  return `${lines.join('\n')}\n`;
}

/** First words that take a second one: `catalogue rebuild`. */
function topics(commands: readonly CommandPage[]): [string, string[]][] {
  const seconds = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) seconds.set(first, [...(seconds.get(first) ?? []), second]);
  }
  return [...seconds];
}

function flagsBeneath(commands: readonly CommandPage[], topic: string): Flag[] {
  return commands.filter(({ name }) => name.startsWith(`${topic} `)).flatMap(({ flags }) => flags);
}

function flagWords(flags: readonly Flag[]): string {
  const words = flags.flatMap(({ name, allowNo }) => [`--${name}`, ...(allowNo ? [`--no-${name}`] : [])]);
  return [...new Set(words)].sort().join(' ');
}

/** What follows a flag: one of its values, a path, or a text that nobody can guess. */
function valueCases(flags: readonly Flag[]): string[] {
  const byName = new Map(flags.filter(({ type }) => type === 'option').map((flag) => [flag.name, flag]));
  return [...byName.values()].map((flag) => {
    const forms = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])].join('|');
    return `    ${forms}) ${bashValue(flag)}; return ;;`;
  });
}

function bashValue(flag: Flag): string {
  if (flag.options !== undefined)
    return `COMPREPLY=($(compgen -W '${flag.options.join(' ')}' -- "$current"))`;
  const kind = pathKind(flag);
  if (kind === 'folder') return 'COMPREPLY=($(compgen -d -- "$current"))';
  return kind === 'file' ? 'COMPREPLY=($(compgen -f -- "$current"))' : ':';
}

export function pathKind({ name, helpValue }: Flag): 'file' | 'folder' | undefined {
  if (name.endsWith('-dir') || helpValue === 'DIR') return 'folder';
  return helpValue === 'PATH' || helpValue === 'FILE' ? 'file' : undefined;
}
