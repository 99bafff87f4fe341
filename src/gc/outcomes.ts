/** What deletions came to, whatever was deleted. */
import type { Entry } from '../index/entry.ts';
import type { DeleteOutcome } from '../s3/types.ts';
import { Savings } from './savings.ts';

export interface DeleteFailure {
  key: string;
  versionId: string;
  code: string;
  message: string;
}

/** In the result; the counts have all. */
const maxListed = 10_000;

export class Outcomes {
  readonly savings: Savings;
  /** The first 10,000. */
  readonly failures: DeleteFailure[] = [];
  bytesFreed = 0;

  /** @param nowMs by the server's clock */
  constructor(nowMs: number) {
    this.savings = new Savings(nowMs);
  }

  /** @param outcome left out where the server named none */
  note(entry: Entry, outcome: DeleteOutcome = unanswered): DeleteOutcome['status'] {
    if (outcome.status === 'deleted') {
      this.bytesFreed += entry.sizeBytes;
      this.savings.add(entry);
    }
    if (outcome.status === 'locked' || outcome.status === 'failed') {
      const { code, message } = outcome;
      if (this.failures.length < maxListed)
        this.failures.push({ key: entry.key, versionId: entry.versionId, code, message });
    }
    return outcome.status;
  }
}

const unanswered: DeleteOutcome = {
  status: 'failed',
  code: 'NoAnswer',
  message: 'The server did not say what became of it.',
};
