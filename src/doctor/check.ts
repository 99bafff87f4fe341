import { BackupError } from '../errors.ts';

export interface Check {
  /** Stable; scripts match on it. */
  id: string;
  /** `fail`: backup or restore would fail, or lose what it should keep. `warn`: look at it; also what could not be checked. */
  status: 'pass' | 'warn' | 'fail';
  message: string;
  hint: string | null;
}

export function pass(id: string, message: string): Check {
  return { id, status: 'pass', message, hint: null };
}

export function warn(id: string, message: string, hint: string): Check {
  return { id, status: 'warn', message, hint };
}

export function fail(id: string, message: string, hint: string): Check {
  return { id, status: 'fail', message, hint };
}

/** What an error says, as a check. @throws what is no BackupError, or says that the user stopped the run */
export function fromError(id: string, status: 'warn' | 'fail', error: unknown): Check {
  if (!(error instanceof BackupError) || error.code === 'INTERRUPTED' || error.code === 'TERMINATED')
    throw error;
  const message = status === 'warn' ? `Not checked: ${error.message}` : error.message;
  return { id, status, message, hint: error.hint ?? null };
}

/** A check that may not be possible, as for want of a permission that nothing else needs: then it is a warning that says so. */
export async function whereAllowed(id: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (error) {
    return [fromError(id, 'warn', error)];
  }
}

/** A check of what backup or restore needs: where it cannot be made, they fail too. */
export async function needed(id: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (error) {
    return [fromError(id, 'fail', error)];
  }
}
