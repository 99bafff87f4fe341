/** Completion for zsh, with what each command and flag is for. */
import { pathKind } from './completion-bash.ts';
import type { CommandPage, Flag } from './commands.ts';

export function zshCompletion(commands: readonly CommandPage[]): string {
  const lines = [
    '#compdef backup-my-bucket',
    '# Generated from the commands of backup-my-bucket(1).',
    '_backup-my-bucket() {',
    '  local -a commands',
    '  commands=(',
    ...[...firstWords(commands)].map(([word, summary]) => `    ${quote(`${word}:${summary}`)}`),
    '  )',
    '  if (( CURRENT == 2 )); then',
    "    _describe -t commands 'command' commands",
    '    return',
    '  fi',
    '  shift words; (( CURRENT-- ))',
    '  local command=$words[1]',
    ...topicWords(commands),
    '  case $command in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    '_backup-my-bucket "$@"',
  ];
  return `${lines.join('\n')}\n`;
}

/** Each with what it does, or what the first of its commands does. */
function firstWords(commands: readonly CommandPage[]): Map<string, string> {
  const words = new Map<string, string>();
  for (const { name, summary } of commands) {
    const [word = ''] = name.split(' ');
    if (!words.has(word)) words.set(word, summary);
  }
  return words;
}

/** `catalogue rebuild`: the second word belongs to the command. */
function topicWords(commands: readonly CommandPage[]): string[] {
  const topics = new Set(
    commands.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0]),
  );
  return [...topics].flatMap((topic) => {
    const seconds = commands
      .filter(({ name }) => name.startsWith(`${topic} `))
      .map(({ name, summary }) => quote(`${name.split(' ')[1]}:${summary}`));
    return [
      `  if [[ $command == ${topic} ]]; then`,
      `    local -a seconds=(${seconds.join(' ')})`,
      "    if (( CURRENT == 2 )); then _describe -t commands 'command' seconds; return; fi",
      '    shift words; (( CURRENT-- ))',
      '    command="$command $words[1]"',
      '  fi',
    ];
  });
}

function commandCase({ name, flags, args }: CommandPage): string[] {
  const positions = args.map(({ name, multiple }, index) =>
    quote(`${multiple ? '*' : index + 1}:${colonFree(name)}:`),
  );
  const all = [...flags.flatMap(flagSpecs), ...positions];
  return [
    `    ${quote(name)})`,
    '      _arguments \\',
    ...all.map((spec) => `        ${spec} \\`),
    '        && return',
    '      ;;',
  ];
}

function flagSpecs(flag: Flag): string[] {
  const text = `[${flag.summary.replace(/[[\]]/g, '\\$&')}]`;
  const names = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])];
  if (flag.allowNo) names.push(`--no-${flag.name}`);
  return names.map((name) => quote(`${flag.multiple ? '*' : ''}${name}${text}${valueOf(flag)}`));
}

function valueOf(flag: Flag): string {
  if (flag.type === 'boolean') return '';
  const label = colonFree(flag.helpValue ?? flag.name);
  if (flag.options !== undefined)
    return `:${label}:(${flag.options.map((value) => value.replaceAll(':', '\\:')).join(' ')})`;
  const kind = pathKind(flag);
  if (kind === 'folder') return `:${label}:_files -/`;
  return kind === 'file' ? `:${label}:_files` : `:${label}: `;
}

function colonFree(text: string): string {
  return text.replaceAll(':', '\\:');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
