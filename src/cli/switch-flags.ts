import { Flags } from '@oclif/core';

/** Of failover and failback. */
export const switchFlags = {
  'dry-run': Flags.boolean({ summary: 'Show the checks and what to do; change nothing.', default: false }),
  force: Flags.boolean({
    summary: 'Switch although there is no snapshot, or objects have not come over yet.',
    default: false,
  }),
};
