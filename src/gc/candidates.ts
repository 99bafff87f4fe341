/**
 * Candidates: the versions that an obsolete snapshot names and none of the others does. Looking every key up in every other
 * snapshot is exact, but reads the whole index where changes are spread over the bucket. Two proofs spare most of it:
 *
 * - *Time.* A snapshot names no version that is younger than its as-of time. So what was written after the nearest other
 *   snapshot before is in none that is older still.
 * - *A witness*: the version W that the next other snapshot N names for the key instead of the candidate C. N chose W while both
 *   were there, so W is above C. A snapshot K whose as-of time is not before N's, and whose listing began when N's had ended,
 *   cannot have chosen C while W was there. That it was, the check shows: versions do not come back, so what is there now has
 *   been there since N listed it. Where it is gone, somebody deleted it by hand, and the key is looked up in all the others.
 *
 * Looked up right away, because neither proof holds: snapshots that were listed out of their order (`--at`) when replicas may
 * have arrived between (trap 2); those of the old program, which describe no one moment; keys that N does not name; `null` versions, which are overwritten in place (trap 6).
 */
import type { Entry } from '../index/entry.ts';
import { namesNothingAfterMs, type Manifest } from '../index/manifest.ts';
import type { RangeRef } from '../index/range-ref.ts';
import type { RangeStore } from '../index/range-store.ts';
import { findEntry, VersionLines } from '../index/version-lines.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import { RangeSequence } from '../snapshots/range-sequence.ts';

export interface Candidate extends Entry {
  /** Some of the other snapshots do not name the version only if this one of the same key is still there. */
  witness?: string;
}

/**
 * Batches in the order of their keys.
 * @param others those snapshots of the bucket that may name versions of `obsolete` too
 * @throws BackupError INDEX_DAMAGED where a range cannot be read: what it names is then unknown
 */
export async function* candidatesOf(
  obsolete: Manifest,
  others: readonly Manifest[],
  ranges: Pick<RangeStore, 'read' | 'pathOf'>,
): AsyncGenerator<Candidate[]> {
  const { previous, next, rest } = arrange(obsolete, others);
  for (const range of obsolete.ranges) {
    const besidePrevious = previous?.beside(range) ?? [];
    const besideNext = next?.beside(range) ?? [];
    const besideRest = rest.map((other) => ({ ...other, refs: other.sequence.beside(range) }));
    const all = [...besidePrevious, ...besideNext, ...besideRest.flatMap(({ refs }) => refs)];
    if (all.some(({ hash }) => hash === range.hash)) continue;

    const lines = new VersionLines(await ranges.read(range.hash));
    for (const { hash } of besidePrevious) lines.subtract(await ranges.read(hash));
    const nextPlain = await readAll(besideNext, ranges);
    for (const plain of nextPlain) lines.subtract(plain);
    const remaining = (): Candidate[] => {
      const entries = lines.entries(ranges.pathOf(range.hash));
      return besideRest.some(({ isAfterNext }) => isAfterNext) ? withWitnesses(entries, nextPlain) : entries;
    };
    let candidates = remaining();
    const subtracted = new Set([...besidePrevious, ...besideNext].map(({ hash }) => hash));
    for (const other of besideRest) {
      if (!candidates.some((candidate) => mayName(other, candidate))) continue;
      for (const { hash } of other.refs) {
        if (!subtracted.has(hash)) lines.subtract(await ranges.read(hash));
        subtracted.add(hash);
      }
      candidates = remaining();
    }
    if (candidates.length > 0) yield candidates;
  }
}

interface Other {
  /** It names no version that is younger. */
  namesUpToMs: number;
  /** It cannot name a version that has a witness. */
  isAfterNext: boolean;
  sequence: RangeSequence;
}

/** Neither proof speaks against it. */
function mayName({ namesUpToMs, isAfterNext }: Other, { lastModifiedMs, witness }: Candidate): boolean {
  // As-of times are whole seconds, and hold all versions of their second (traps 3 and 33).
  if (namesUpToMs < Math.floor(lastModifiedMs / 1000) * 1000) return false;
  return witness === undefined || !isAfterNext;
}

function arrange(
  obsolete: Manifest,
  others: readonly Manifest[],
): { previous: RangeSequence | undefined; next: RangeSequence | undefined; rest: Other[] } {
  const asOfMs = Date.parse(obsolete.asOf);
  const sorted = others.toSorted((a, b) => Date.parse(a.asOf) - Date.parse(b.asOf));
  const covers = ({ prefix }: Manifest): boolean => obsolete.prefix.startsWith(prefix);
  const previous = sorted.findLast((other) => covers(other) && Date.parse(other.asOf) <= asOfMs);
  const next = sorted.find((other) => covers(other) && Date.parse(other.asOf) > asOfMs);
  const rest = sorted
    .filter((other) => other !== previous && other !== next)
    .map((other) => ({
      namesUpToMs: namesNothingAfterMs(other),
      isAfterNext: next !== undefined && follows(next, obsolete) && follows(other, next),
      sequence: new RangeSequence(other),
    }));
  return {
    previous: previous && new RangeSequence(previous),
    next: next && new RangeSequence(next),
    rest,
  };
}

/** By as-of time, and listed only after the other one was. Of the old program's snapshots neither is known. */
function follows(later: Manifest, earlier: Manifest): boolean {
  return (
    later.importedFrom === undefined &&
    earlier.importedFrom === undefined &&
    Date.parse(later.asOf) >= Date.parse(earlier.asOf) &&
    Date.parse(later.listingStartedAt) >= Date.parse(earlier.listingEndedAt)
  );
}

async function readAll(refs: readonly RangeRef[], ranges: Pick<RangeStore, 'read'>): Promise<Buffer[]> {
  const plain: Buffer[] = [];
  for (const { hash } of refs) plain.push(await ranges.read(hash));
  return plain;
}

function withWitnesses(entries: readonly Entry[], nextPlain: readonly Buffer[]): Candidate[] {
  return entries.map((entry) => {
    if (entry.versionId === NULL_VERSION_ID) return entry;
    for (const plain of nextPlain) {
      const other = findEntry(plain, entry.key);
      if (other !== undefined && other.versionId !== NULL_VERSION_ID)
        return { ...entry, witness: other.versionId };
    }
    return entry;
  });
}
