/**
 * The kernel keeps a bounded queue of events for the whole process (inotify(7), max_queued_events), drops what does not fit, and says so in an
 * event that libuv passes over. A full queue can only have been read at once, in one turn of the event loop: so events are counted by turns, of all trees
 * that are watched together, and where a turn brings half of what the queue holds, some may be missing. Half, because events of watches that are
 * closed are not seen here.
 */
import { readFileSync } from 'node:fs';

const usualMaxEvents = 16_384;

export class EventQueue {
  readonly #suspectEvents: number;
  readonly #onFull = new Set<() => void>();
  #eventsInTurn = 0;

  /** @param maxEvents that the kernel keeps */
  constructor(maxEvents: number) {
    this.#suspectEvents = Math.ceil(maxEvents / 2);
  }

  /** @param onFull called where events may be missing, of whichever tree @returns ends that */
  watch(onFull: () => void): () => void {
    this.#onFull.add(onFull);
    return () => void this.#onFull.delete(onFull);
  }

  /** To be called for each event. */
  count(): void {
    if (this.#eventsInTurn === 0) setImmediate(() => (this.#eventsInTurn = 0));
    this.#eventsInTurn += 1;
    if (this.#eventsInTurn === this.#suspectEvents) for (const onFull of this.#onFull) onFull();
  }
}

/** libuv has one for the process, so there is one here. */
export const processQueue = new EventQueue(maxQueuedEvents());

/** Elsewhere than on Linux there is no such bound, and the usual one does no harm. */
function maxQueuedEvents(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) || usualMaxEvents;
  } catch {
    return usualMaxEvents;
  }
}
