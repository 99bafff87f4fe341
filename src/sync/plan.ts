/** What is due for one key, from what the source has, what the bucket has, and what is remembered of it. Pure. */
import type { DestinationEntry } from './destination.ts';
import type { SourceEntry } from './source.ts';

/** What is remembered of a key from an earlier run. */
export interface Remembered {
  /** Relative, as everywhere here. */
  key: string;
  /** Of the source, as it was when it was read. */
  sizeBytes: number;
  modifiedMs: number;
  changedMs: number;
  /** Of the object that came of it; empty where the bucket has to be asked what it has. */
  etag: string;
  /** Of the content here; undefined where nobody knows. */
  contentEtag?: string;
  /** That was asked for; undefined: none. */
  storageClass?: string;
  /** The object is tagged as deleted. */
  isRetired: boolean;
}

export interface DecisionRules {
  compare: 'mtime' | 'checksum';
  storageClass: string | undefined;
  retireDeleted: 'keep' | 'delete' | 'tag';
}

export type Decision =
  | 'upload'
  /** Nothing known stands against their being the same: the contents have to be compared. */
  | 'compare'
  | 'same'
  | 'delete'
  | 'tag'
  /** Not in the source, and it stays as it is. */
  | 'leave';

export interface KeyState {
  entry?: SourceEntry | undefined;
  object?: DestinationEntry | undefined;
  remembered?: Remembered | undefined;
}

/**
 * Two that agree in size and differ in time are never called the same without a look at the content, and neither are two of which
 * nothing is remembered (trap 32).
 */
export function decide({ entry, object, remembered }: KeyState, rules: DecisionRules): Decision {
  const known = remembered?.etag === object?.etag ? remembered : undefined;
  if (entry === undefined) return object === undefined ? 'leave' : decideGone(known, rules);
  if (object === undefined || known?.isRetired === true) return 'upload';
  if (isOtherClass(object, known, rules)) return 'upload';
  if (known === undefined) return entry.sizeBytes === object.sizeBytes ? 'compare' : 'upload';
  if (known.sizeBytes !== entry.sizeBytes) return 'upload';
  if (rules.compare === 'checksum') return 'compare';
  // Overwritten within the second of its time, which our clock may have taken for long ago.
  if (entry.etag !== undefined && entry.etag !== known.contentEtag) return 'compare';
  return known.modifiedMs === entry.modifiedMs && known.changedMs === entry.changedMs ? 'same' : 'compare';
}

function decideGone(known: Remembered | undefined, { retireDeleted }: DecisionRules): Decision {
  if (retireDeleted === 'keep') return 'leave';
  if (retireDeleted === 'delete') return 'delete';
  return known?.isRetired === true ? 'leave' : 'tag';
}

/**
 * An object that was written with the wanted class and lists with another was moved by a lifecycle rule, or lies in a store that has no
 * classes: written anew, it would be moved again.
 */
function isOtherClass(
  object: DestinationEntry,
  known: Remembered | undefined,
  { storageClass }: DecisionRules,
): boolean {
  if (storageClass === undefined || object.storageClass === storageClass) return false;
  return known?.storageClass !== storageClass;
}
