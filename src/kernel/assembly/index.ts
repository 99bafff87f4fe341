/** The loops that run for every version of a bucket. What they work on lies where their caller has put it (src/kernel/kernel.ts). */
export { readItems } from './items';
export { compareNeighbours, decodeKeys } from './keys';
export { reasonOfEnd, rowsWritten, writeLines } from './lines';
