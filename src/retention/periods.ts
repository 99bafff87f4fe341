/** Calendar periods in UTC: two moments are in the same period when their labels are equal. */
export type Period = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

const dayMs = 86_400_000;

export function periodLabel(period: Period, timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  switch (period) {
    case 'hourly':
      return iso.slice(0, 13);
    case 'daily':
      return iso.slice(0, 10);
    case 'weekly':
      // Weeks begin on Monday (ISO 8601); day 0 of the epoch was a Thursday.
      return String(Math.floor((Math.floor(timeMs / dayMs) + 3) / 7));
    case 'monthly':
      return iso.slice(0, 7);
    case 'yearly':
      return iso.slice(0, 4);
  }
}
