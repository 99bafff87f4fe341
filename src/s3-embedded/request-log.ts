/** What was asked of the server, for tests and benchmarks to count. */
import type { IncomingHttpHeaders } from 'node:http';

export interface LoggedRequest {
  timeMs: number;
  method: string;
  /** The operation by its S3 name; `Unknown` where the request is none. */
  operation: string;
  bucket: string;
  key: string;
  query: Record<string, string>;
  /** Conditions, range, content type and the `x-amz-` headers, but nothing of the signature. */
  headers: Record<string, string>;
  /** 0 where the connection was reset before an answer. */
  status: number;
  /** The faults that hit it. */
  faults: string[];
}

export class RequestLog {
  readonly #limit: number;
  readonly entries: LoggedRequest[] = [];
  /** Of all requests since the start or the last `clear`, also those that the log has dropped. */
  readonly counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: LoggedRequest): void {
    this.counts.set(entry.operation, (this.counts.get(entry.operation) ?? 0) + 1);
    if (this.#limit === 0) return;
    // Dropping half at once keeps the cost of a long run constant.
    if (this.entries.length >= this.#limit) this.entries.splice(0, Math.ceil(this.#limit / 2));
    this.entries.push(entry);
  }

  clear(): void {
    this.entries.length = 0;
    this.counts.clear();
  }
}

const INTERESTING = /^(x-amz-|if-|range$|content-(type|md5|length)$)/;
const SIGNATURE = new Set(['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-user-agent']);

export function interestingHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (INTERESTING.test(name) && !SIGNATURE.has(name)) kept[name] = String(headers[name]);
  }
  return kept;
}
