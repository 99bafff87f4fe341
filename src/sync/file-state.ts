/** A file as the system tells it. Two equal states with nothing in between are one content, but for what `isSettled` covers. */
import type { Stats } from 'node:fs';

export interface FileState {
  sizeBytes: number;
  modifiedMs: number;
  /** Whatever changes a file moves it, also what sets `modifiedMs` back. */
  changedMs: number;
}

/** In the place of both times: a state that no file has, so that the content is compared. */
export const noFileMs = -1;

export function stateOf({ size, mtimeMs, ctimeMs }: Stats): FileState {
  return { sizeBytes: size, modifiedMs: mtimeMs, changedMs: ctimeMs };
}

export function isSameState(a: FileState, b: FileState): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs && a.changedMs === b.changedMs;
}

/**
 * File systems tell times in steps, some of two seconds. The race: a file is written again within the step in which it was read, and its
 * times stay what they were. So a state is only remembered once its last step was over when it was read.
 */
const stepMs = 2000;

export function isSettled({ modifiedMs, changedMs }: FileState, readAtMs: number): boolean {
  return Math.max(modifiedMs, changedMs) < readAtMs - stepMs;
}
