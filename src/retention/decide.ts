/**
 * Retention: which snapshots stay and why. A pure function of what it is given; no clock, no I/O.
 *
 * Only complete snapshots that are neither flagged nor dated in the future count: no other one fills a period, is
 * one of the last, or adds to the minimum redundancy (trap 28). All snapshots given belong to one series: the same
 * bucket and prefix.
 */
import { periodLabel, type Period } from './periods.ts';
import { isEmptyPolicy, type RetentionPolicy } from './policy.ts';

export interface RetentionCandidate {
  name: string;
  asOfMs: number;
  state: 'complete' | 'deleting';
  held: boolean;
  /** Suspect, as when the listing had shrunk sharply. */
  flagged: boolean;
  tags: Readonly<Record<string, string>>;
}

export interface Verdict {
  name: string;
  verdict: 'keep' | 'remove';
  /** Which rules keep it, or why none does; never empty. */
  reasons: string[];
}

export interface RetentionRules {
  policy: RetentionPolicy;
  /** As many counting snapshots stay whatever the policy says; at least one always does. */
  minimumRedundancy: number;
  nowMs: number;
}

const dayMs = 86_400_000;

/** Verdicts in the order of `candidates`. Of two snapshots with one as-of time the later name is the newer. */
export function decideRetention(candidates: readonly RetentionCandidate[], rules: RetentionRules): Verdict[] {
  if (isEmptyPolicy(rules.policy)) {
    return candidates.map((snapshot) => verdictOf(snapshot, ['no retention policy']));
  }
  const newestFirst = [...candidates].sort((a, b) => b.asOfMs - a.asOfMs || (a.name < b.name ? 1 : -1));
  const counting = newestFirst.filter((snapshot) => counts(snapshot, rules.nowMs));
  const reasons = new Map<string, string[]>(candidates.map((snapshot) => [snapshot.name, []]));
  const keep = (snapshot: RetentionCandidate, reason: string): void => {
    reasons.get(snapshot.name)?.push(reason);
  };

  for (const snapshot of newestFirst) keepByItself(snapshot, rules, keep);
  keepLast(counting, rules.policy.keepLast ?? 0, keep);
  for (const [period, count] of periodsOf(rules.policy)) keepPeriods(counting, period, count, keep);
  keepMinimum(counting, reasons, rules.minimumRedundancy, keep);
  keepFlaggedAmongKept(newestFirst, reasons, keep);
  keepOneAtLeast(newestFirst, reasons, keep);

  return candidates.map((snapshot) => verdictOf(snapshot, reasons.get(snapshot.name) ?? []));
}

type Keep = (snapshot: RetentionCandidate, reason: string) => void;

/** Whether it is a restore point to rely on: only such ones push others out and add to the minimum redundancy (trap 28). */
export function counts(snapshot: RetentionCandidate, nowMs: number): boolean {
  return snapshot.state === 'complete' && !snapshot.flagged && snapshot.asOfMs <= nowMs;
}

function keepByItself(snapshot: RetentionCandidate, { policy, nowMs }: RetentionRules, keep: Keep): void {
  if (snapshot.state !== 'complete') return;
  if (snapshot.held) keep(snapshot, 'held');
  if (snapshot.asOfMs > nowMs) keep(snapshot, 'dated in the future');
  const withinDays = policy.keepWithinDays;
  if (withinDays !== undefined && snapshot.asOfMs <= nowMs && snapshot.asOfMs >= nowMs - withinDays * dayMs) {
    keep(snapshot, `within ${withinDays} days`);
  }
  for (const wanted of policy.keepTags ?? []) {
    if (hasTag(snapshot.tags, wanted)) keep(snapshot, `tag ${wanted}`);
  }
}

function hasTag(tags: Readonly<Record<string, string>>, wanted: string): boolean {
  const separator = wanted.indexOf('=');
  if (separator < 0) return Object.hasOwn(tags, wanted);
  const key = wanted.slice(0, separator);
  return Object.hasOwn(tags, key) && tags[key] === wanted.slice(separator + 1);
}

function keepLast(counting: RetentionCandidate[], count: number, keep: Keep): void {
  counting.slice(0, count).forEach((snapshot, index) => keep(snapshot, `last ${index + 1} of ${count}`));
}

function periodsOf(policy: RetentionPolicy): [Period, number][] {
  return [
    ['hourly', policy.keepHourly ?? 0],
    ['daily', policy.keepDaily ?? 0],
    ['weekly', policy.keepWeekly ?? 0],
    ['monthly', policy.keepMonthly ?? 0],
    ['yearly', policy.keepYearly ?? 0],
  ];
}

/** Only periods that have a snapshot count; the newest of each stays. */
function keepPeriods(newestFirst: RetentionCandidate[], period: Period, count: number, keep: Keep): void {
  let filled = 0;
  let lastLabel: string | undefined;
  for (const snapshot of newestFirst) {
    if (filled === count) return;
    const label = periodLabel(period, snapshot.asOfMs);
    if (label === lastLabel) continue;
    lastLabel = label;
    filled += 1;
    keep(snapshot, `${period} ${filled} of ${count}`);
  }
  // Until there are enough periods the oldest snapshot stands in for those to come: without it a young set would
  // lose its oldest restore point each time a period turns.
  const oldest = newestFirst.at(-1);
  if (oldest !== undefined && filled < count) keep(oldest, `oldest, for ${period} not yet filled`);
}

function keepMinimum(
  newestFirst: RetentionCandidate[],
  reasons: ReadonlyMap<string, string[]>,
  minimumRedundancy: number,
  keep: Keep,
): void {
  const minimum = Math.max(1, minimumRedundancy);
  const isKept = (snapshot: RetentionCandidate): boolean => reasons.get(snapshot.name)?.length !== 0;
  let missing = minimum - newestFirst.filter(isKept).length;
  for (const snapshot of newestFirst) {
    if (missing <= 0) return;
    if (isKept(snapshot)) continue;
    keep(snapshot, `minimum redundancy ${minimum}`);
    missing -= 1;
  }
}

/** A flagged snapshot may be the truth after all: it stays as long as an older one does. */
function keepFlaggedAmongKept(
  newestFirst: RetentionCandidate[],
  reasons: ReadonlyMap<string, string[]>,
  keep: Keep,
): void {
  let olderIsKept = false;
  for (const snapshot of newestFirst.toReversed()) {
    const isKept = reasons.get(snapshot.name)?.length !== 0;
    if (isKept) olderIsKept = true;
    else if (snapshot.flagged && olderIsKept && snapshot.state === 'complete') {
      keep(snapshot, 'flagged, and newer than a kept one');
    }
  }
}

/** Where none counts, one that is suspect is better than none. */
function keepOneAtLeast(
  newestFirst: RetentionCandidate[],
  reasons: ReadonlyMap<string, string[]>,
  keep: Keep,
): void {
  const newest = newestFirst.find(({ state }) => state === 'complete');
  const isAnyKept = newestFirst.some(({ name }) => reasons.get(name)?.length !== 0);
  if (newest !== undefined && !isAnyKept) keep(newest, 'there is no better one');
}

function verdictOf(snapshot: RetentionCandidate, reasons: string[]): Verdict {
  if (snapshot.state === 'deleting') {
    return { name: snapshot.name, verdict: 'remove', reasons: ['deletion has begun'] };
  }
  if (reasons.length > 0) return { name: snapshot.name, verdict: 'keep', reasons };
  return { name: snapshot.name, verdict: 'remove', reasons: ['no rule keeps it'] };
}
