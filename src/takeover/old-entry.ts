/** One element of an old snapshot file: an object version that was current when the file was made. */
import { compareKeys } from '../key-order.ts';

export interface OldEntry {
  key: string;
  versionId: string;
  /** Undefined where the file does not say. */
  sizeBytes: number | undefined;
  lastModifiedMs: number | undefined;
}

/** Why an element cannot be taken; with what is known of it. */
export interface Unusable {
  key: string | null;
  versionId: string | null;
  reason: string;
}

/** RFC 3339, with any number of digits of a second. */
const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
/** How Go writes a time that was never set. */
const unsetTime = '0001-01-01T00:00:00Z';

/** Undefined for a version that the file itself says was not the current one. */
export function parseOldEntry(element: unknown): OldEntry | Unusable | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element))
    return { key: null, versionId: null, reason: 'it is no object' };
  const fields = element as Record<string, unknown>;
  if (field(fields, 'IsLatest') === false) return undefined;
  const key = field(fields, 'Key');
  const versionId = fields['VersionID'] ?? field(fields, 'VersionId');
  const known = { key: textOrNull(key), versionId: textOrNull(versionId) };
  if (!isText(key)) return { ...known, reason: 'it has no Key' };
  if (!isText(versionId)) return { ...known, reason: 'it has no VersionId' };
  const size = field(fields, 'Size') ?? undefined;
  if (size !== undefined && !isSize(size)) return { ...known, reason: 'its Size is no number of bytes' };
  const lastModified = field(fields, 'LastModified') ?? undefined;
  const lastModifiedMs = lastModified === unsetTime ? undefined : parseOldTime(lastModified);
  if (Number.isNaN(lastModifiedMs)) return { ...known, reason: 'its LastModified is no time' };
  return { key, versionId, sizeBytes: size, lastModifiedMs };
}

/** Milliseconds since the epoch; undefined for undefined, NaN for what is no time. */
export function parseOldTime(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' && timeForm.test(value) ? Date.parse(value) : NaN;
}

/** By key; of one key the newest first. */
export function compareOldEntries(a: OldEntry, b: OldEntry): number {
  return compareKeys(a.key, b.key) || (b.lastModifiedMs ?? 0) - (a.lastModifiedMs ?? 0);
}

/** Go reads field names whatever their case, and both cases of `VersionId` were written. */
function field(fields: Record<string, unknown>, name: string): unknown {
  if (name in fields) return fields[name];
  const lower = name.toLowerCase();
  const found = Object.keys(fields).find((each) => each.toLowerCase() === lower);
  return found === undefined ? undefined : fields[found];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

function textOrNull(value: unknown): string | null {
  return isText(value) ? value : null;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
