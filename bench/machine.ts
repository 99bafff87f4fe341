import { availableParallelism, cpus, totalmem } from 'node:os';

/** What of the machine matters to the figures: neither its name nor where on it anything is. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${memoryGiB} GiB of memory, Node.js ${process.versions.node}`;
}
