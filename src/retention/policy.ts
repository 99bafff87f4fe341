/** What decides which snapshots stay. Absent fields keep nothing. */
export interface RetentionPolicy {
  keepLast?: number | undefined;
  keepWithinDays?: number | undefined;
  keepHourly?: number | undefined;
  keepDaily?: number | undefined;
  keepWeekly?: number | undefined;
  keepMonthly?: number | undefined;
  keepYearly?: number | undefined;
  /** `K` or `K=V`: snapshots with such a tag stay. */
  keepTags?: readonly string[] | undefined;
}

/**
 * Whether no field of the policy says anything: nobody can have meant to remove by it. Zero days is a statement
 * ("the minimum redundancy alone decides"), a count of zero is none.
 */
export function isEmptyPolicy({ keepWithinDays, keepTags, ...counts }: RetentionPolicy): boolean {
  if (keepWithinDays !== undefined || (keepTags?.length ?? 0) > 0) return false;
  return Object.values(counts).every((count) => count === undefined || count === 0);
}
