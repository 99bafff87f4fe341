/** `2026-11-21T04:00:00.000Z`, the only form in which S3 servers list times. */
const ISO_TIME = /^\d{4}-\d\d-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** Milliseconds since the epoch, the fraction cut to three digits; NaN where the text is anything else or no such time. */
export function parseIsoTime(text: string): number {
  const day = ISO_TIME.exec(text)?.[1];
  if (day === undefined) return NaN;
  const timeMs = Date.parse(text);
  // Date.parse takes 30 February for 2 March.
  return new Date(timeMs).getUTCDate() === Number(day) ? timeMs : NaN;
}
