/** Flags and their values that several commands share. */
import { Flags } from '@oclif/core';
import { BackupError } from '../errors.ts';

export const prefixFlag = Flags.string({ summary: 'Only keys that begin with P.', helpValue: 'P' });

export const tagFlag = Flags.string({
  summary: 'Tag; may be given several times.',
  helpValue: 'K=V',
  multiple: true,
  multipleNonGreedy: true,
});

export const concurrencyFlag = Flags.integer({
  summary: 'Requests in flight, instead of Concurrency of the configuration file.',
  helpValue: 'N',
  min: 1,
});

/** @throws BackupError USAGE for one that is not `K=V` */
export function parseTags(tags: readonly string[] | undefined): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const tag of tags ?? []) {
    const separator = tag.indexOf('=');
    if (separator < 1) {
      throw new BackupError('USAGE', `"${tag}" is not a tag.`, { hint: 'Give --tag KEY=VALUE.' });
    }
    parsed[tag.slice(0, separator)] = tag.slice(separator + 1);
  }
  return parsed;
}
