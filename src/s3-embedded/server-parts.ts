/** What one server is made of. */
import type { Faults } from './faults/faults.ts';
import type { Store } from './model/store.ts';
import type { ResolvedOptions } from './options.ts';
import type { RequestLog } from './request-log.ts';

export interface ServerParts {
  options: ResolvedOptions;
  store: Store;
  faults: Faults;
  log: RequestLog;
}
