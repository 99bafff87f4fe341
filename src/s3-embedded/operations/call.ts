/** What every operation gets. */
import type { Answer } from '../http/answer.ts';
import type { S3Request } from '../http/request.ts';
import type { Store } from '../model/store.ts';
import type { Faults } from '../faults/faults.ts';
import type { FaultRule } from '../faults/rule.ts';
import type { ResolvedOptions } from '../options.ts';

export interface Call extends S3Request {
  operation: string;
  requestId: string;
  /** Checksum headers or trailers of the body, checked. */
  checksums: Record<string, string>;
  /** The faults that hit this request. */
  faults: readonly FaultRule[];
}

export interface Context {
  store: Store;
  options: ResolvedOptions;
  faults: Faults;
}

export type Handler = (call: Call, context: Context) => Answer;
