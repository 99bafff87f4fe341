import type { CommandPage, Flag } from '../../../packaging/commands.ts';

export function flagOf(name: string, changes: Partial<Flag> = {}): Flag {
  const usual = {
    type: 'boolean',
    summary: `About ${name}.`,
    multiple: false,
    allowNo: false,
    isGlobal: false,
  } as const;
  return { name, ...usual, ...changes };
}

const config = flagOf('config', { char: 'c', type: 'option', helpValue: 'PATH', isGlobal: true });

export const sample: CommandPage[] = [
  {
    name: 'catalogue rebuild',
    summary: 'Make it anew.',
    description: '',
    args: [],
    flags: [config],
    examples: [],
  },
  {
    name: 'restore',
    summary: "Bring the master bucket to the snapshot's contents.",
    description: '.first\\line',
    args: [{ name: 'snapshot', description: 'A name.', required: true, multiple: false }],
    flags: [
      config,
      flagOf('thaw-tier', { type: 'option', options: ['Standard', 'Bulk'] }),
      flagOf('to-dir', { type: 'option', helpValue: 'D', summary: 'A directory [empty].' }),
      flagOf('undo-point', { allowNo: true }),
    ],
    examples: ['backup-my-bucket restore latest --dry-run'],
  },
];
