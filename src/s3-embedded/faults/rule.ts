/** What a fault is, and which requests it hits. Everything but `matches` can be sent as JSON. */

export type FaultKind =
  /** Answers `code` (503 SlowDown unless told otherwise) and does nothing. */
  | 'status'
  /** AccessDenied; with a key also for that key inside DeleteObjects, and as the source of a copy. */
  | 'access-denied'
  /** `code` for one key inside DeleteObjects. */
  | 'key-error'
  /** Status 200 with an error document in the body; nothing was done (trap 17). */
  | 'error-in-200'
  /** The connection is reset and nothing was done. */
  | 'reset-before'
  /** The request was carried out, but the connection is reset before the answer. */
  | 'reset-after'
  /** The connection is reset in the middle of the answer's body. */
  | 'reset-mid-body'
  /** The body ends early and the connection is closed; Content-Length tells. */
  | 'cut-body'
  /** The body ends early, but cleanly by its transfer encoding. */
  | 'cut-chunked'
  /** `delayMs` before the request is looked at. Several add up. */
  | 'latency'
  /** 503 SlowDown while more than `maxInFlight` requests are in flight. */
  | 'overload'
  /** An entry of the page takes the place of its neighbour. */
  | 'page-duplicate'
  /** Two neighbours of the page change places. */
  | 'page-out-of-order'
  /** The page says that it is truncated, but not where to go on. */
  | 'page-no-markers'
  /** The page goes on where it began. */
  | 'page-stuck'
  /** The page holds a third of what it could and says that it is truncated, as radosgw's do (trap 34). */
  | 'page-short'
  /** The page holds one entry more than was asked for. */
  | 'page-too-long'
  /** A key marker alone includes its key (trap 24). */
  | 'key-marker-inclusive'
  /** The versions of a key come oldest first (trap 7). */
  | 'oldest-first';

export interface FaultRule {
  kind: FaultKind;
  /** The operations it may hit, by the names of the S3 API; none named: all. */
  operation?: string | readonly string[];
  bucket?: string;
  key?: string;
  /** A regular expression. */
  keyPattern?: string;
  /** In process only. */
  matches?: (request: FaultTarget) => boolean;
  /** So many matching requests are let through first. */
  skip?: number;
  /** After so many hits it is over; not set: it stays until it is removed. */
  times?: number;
  /** The share of matching requests that is hit, by the seeded generator. */
  rate?: number;
  status?: number;
  code?: string;
  message?: string;
  delayMs?: number;
  maxInFlight?: number;
}

export interface FaultTarget {
  operation: string;
  bucket: string;
  key: string;
  query: ReadonlyMap<string, string>;
}

export function isHit(rule: FaultRule, target: FaultTarget): boolean {
  const { operation } = rule;
  if (operation !== undefined) {
    const isNamed =
      typeof operation === 'string' ? operation === target.operation : operation.includes(target.operation);
    if (!isNamed) return false;
  }
  if (rule.bucket !== undefined && rule.bucket !== target.bucket) return false;
  if (rule.key !== undefined && rule.key !== target.key) return false;
  if (rule.keyPattern !== undefined && !new RegExp(rule.keyPattern, 'u').test(target.key)) return false;
  return rule.matches === undefined || rule.matches(target);
}
