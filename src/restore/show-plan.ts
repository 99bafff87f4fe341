/** The actions of a plan as users see them: in the result of a dry run, or a line of JSON each in a file of their choice. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { DecidedAction } from './plan.ts';

export interface PlannedAction {
  action: 'copy' | 'undelete' | 'delete' | 'leave';
  key: string;
  /** Null for what the snapshot does not hold. */
  versionId: string | null;
  sizeBytes: number;
  /** Where the content comes from; null where nothing is copied. */
  from: 'destination' | 'source' | null;
}

export function plannedAction(
  action: Exclude<DecidedAction, { action: 'same' }>,
  deleteExtra: boolean,
): PlannedAction {
  if (action.action === 'extra') {
    const { key, sizeBytes } = action;
    return { action: deleteExtra ? 'delete' : 'leave', key, versionId: null, sizeBytes, from: null };
  }
  const { key, versionId, sizeBytes } = action.entry;
  if (action.action === 'undelete') return { action: 'undelete', key, versionId, sizeBytes, from: null };
  return {
    action: 'copy',
    key,
    versionId,
    sizeBytes,
    from: action.within === true ? 'destination' : 'source',
  };
}

/** @throws BackupError USAGE where the file cannot be written */
export async function writePlanFile(path: string, actions: AsyncIterable<PlannedAction>): Promise<void> {
  const lines = async function* (): AsyncGenerator<string> {
    for await (const action of actions) yield `${JSON.stringify(action)}\n`;
  };
  try {
    await pipeline(lines, createWriteStream(path));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new BackupError('USAGE', `The plan file ${path} cannot be written (${systemErrorCode(error)}).`, {
      hint: 'Give --plan-file a path in a folder that exists and may be written.',
      cause: error,
    });
  }
}
