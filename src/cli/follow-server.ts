/** How many actions of a restore are under way: as many as the server bears (trap 26). */
import type { TracedRequest } from '../s3/trace.ts';
import { ConcurrencyController } from '../snapshot/concurrency-controller.ts';
import { RequestGate } from '../snapshot/request-gate.ts';
import type { Context } from './context.ts';

export interface Follower {
  gate: RequestGate;
  onRequest: (request: TracedRequest) => void;
}

/** @param max actions at once, where the server asks for nothing less */
export function followServer(max: number, { clock, signal }: Pick<Context, 'clock' | 'signal'>): Follower {
  const controller = new ConcurrencyController(max, clock);
  return {
    gate: new RequestGate(() => controller.limit, signal),
    onRequest: ({ status }) => {
      const watch = controller.watch();
      // How long it took depends on the size of the object here, and says nothing of the server.
      watch.onRequest();
      watch.onAnswer(status);
    },
  };
}
