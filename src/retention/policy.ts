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

/** Whether no field of the policy says anything: nobody can have meant to remove by it. */
export function isEmptyPolicy(policy: RetentionPolicy): boolean {
  return Object.values(policy).every(
    (value) => value === undefined || (Array.isArray(value) && value.length === 0),
  );
}
