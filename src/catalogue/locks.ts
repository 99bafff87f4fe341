/**
 * Locks over one SnapshotsDir: shared for what only adds or reads (snapshot, restore), exclusive for what removes
 * (gc). The race they cover: gc marking versions while a snapshot that names them is being written, or removing
 * what a restore is about to copy.
 */
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { isHolderAlive, thisProcess, type ProcessIdentity } from './process-identity.ts';
import type { Connection } from './open.ts';

export type LockKind = 'shared' | 'exclusive';

export interface LockSettings {
  clock: Clock;
  heartbeatEveryMs?: number;
  /** Another host's lock without a heartbeat for this long is taken over. */
  staleAfterMs?: number;
}

export interface Lock {
  /**
   * Aborted, with a BackupError LOCKED, once the lock is found lost: another host took it over because this one had given no
   * sign for so long, as when it was suspended. The run must stop, for what it knows may be out of date.
   */
  readonly lost: AbortSignal;
  /** Looks whether the lock is still held. Due right before what cannot be undone. @throws BackupError LOCKED */
  assertHeld(): void;
  /** Never fails: what comes after the work must not hide how that went. */
  release(): void;
}

interface LockRow {
  id: number;
  kind: LockKind;
  command: string;
  host: string;
  pid: number;
  process_start: string;
  acquired_ms: number;
  heartbeat_ms: number;
}

export class Locks {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #heartbeatEveryMs: number;
  readonly #staleAfterMs: number;

  constructor(connection: Connection, settings: LockSettings) {
    this.#connection = connection;
    this.#clock = settings.clock;
    this.#heartbeatEveryMs = settings.heartbeatEveryMs ?? 15_000;
    this.#staleAfterMs = settings.staleAfterMs ?? 5 * 60_000;
  }

  /**
   * Takes the lock or fails at once.
   * @param options.isUnique no two holders of the same command at once, also where the lock is shared
   * @throws BackupError LOCKED naming the holder, its command and since when.
   */
  acquire(kind: LockKind, command: string, { isUnique = false } = {}): Lock {
    const insert = (): number => this.#insert(kind, command, isUnique, thisProcess());
    const id = this.#connection.transaction(insert).immediate();
    const lost = new AbortController();
    const heartbeat = new Heartbeat({
      beat: () => this.#beat(id),
      clock: this.#clock,
      staleAfterMs: this.#staleAfterMs,
      onLost: (cause) => {
        clearInterval(timer);
        lost.abort(lostError(command, cause));
      },
    });
    const timer = setInterval(() => heartbeat.beat(), this.#heartbeatEveryMs);
    timer.unref();
    return {
      lost: lost.signal,
      assertHeld: () => {
        heartbeat.beat();
        lost.signal.throwIfAborted();
      },
      release: () => {
        clearInterval(timer);
        this.#remove(id);
      },
    };
  }

  /** Whether a process that lives holds a lock for this command. */
  isHeld(command: string): boolean {
    const self = thisProcess();
    return this.#rows().some((row) => row.command === command && !this.#isDead(row, self));
  }

  #rows(): LockRow[] {
    return this.#connection.prepare('SELECT * FROM locks').all() as LockRow[];
  }

  #insert(kind: LockKind, command: string, isUnique: boolean, self: ProcessIdentity): number {
    for (const row of this.#rows()) {
      const isInTheWay =
        kind === 'exclusive' || row.kind === 'exclusive' || (isUnique && row.command === command);
      if (this.#isDead(row, self)) {
        this.#connection.prepare('DELETE FROM locks WHERE id = ?').run(row.id);
      } else if (isInTheWay) {
        throw lockedError(row);
      }
    }
    const nowMs = this.#clock.nowMs();
    const inserted = this.#connection
      .prepare(
        `INSERT INTO locks (kind, command, host, pid, process_start, acquired_ms, heartbeat_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(kind, command, self.host, self.pid, self.processStart, nowMs, nowMs);
    return Number(inserted.lastInsertRowid);
  }

  #isDead(row: LockRow, self: ProcessIdentity): boolean {
    if (row.host === self.host) return !isHolderAlive({ pid: row.pid, processStart: row.process_start });
    return this.#clock.nowMs() - row.heartbeat_ms > this.#staleAfterMs;
  }

  /** A row that cannot be removed goes for dead as soon as this process has ended. */
  #remove(id: number): void {
    try {
      this.#connection.prepare('DELETE FROM locks WHERE id = ?').run(id);
    } catch {
      return;
    }
  }

  /** Whether there was a lock to keep alive. */
  #beat(id: number): boolean {
    const beat = this.#connection.prepare('UPDATE locks SET heartbeat_ms = ? WHERE id = ?');
    return beat.run(this.#clock.nowMs(), id).changes === 1;
  }
}

interface HeartbeatOptions {
  /** False where the row is gone. */
  beat: () => boolean;
  clock: Clock;
  staleAfterMs: number;
  onLost: (cause?: unknown) => void;
}

class Heartbeat {
  readonly #options: HeartbeatOptions;
  #lastMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#lastMs = options.clock.nowMs();
  }

  /** A beat that fails, as while another run writes, is made up for by the next one, until others may call the lock stale. */
  beat(): void {
    const { beat, clock, staleAfterMs, onLost } = this.#options;
    try {
      if (!beat()) return onLost();
      this.#lastMs = clock.nowMs();
    } catch (error) {
      if (clock.nowMs() - this.#lastMs > staleAfterMs) onLost(error);
    }
  }
}

function lostError(command: string, cause: unknown): BackupError {
  return new BackupError('LOCKED', `The lock of this run (${command}) was lost: another run took it over.`, {
    hint: 'This host gave no sign for minutes, as when it is suspended. Run the command again; what was done stays done.',
    cause,
  });
}

function lockedError(row: LockRow): BackupError {
  const since = new Date(row.acquired_ms).toISOString();
  return new BackupError(
    'LOCKED',
    `Another run holds the lock: ${row.command} (process ${row.pid} on ${row.host}, since ${since}).`,
    { hint: 'Run the command again when that one has ended.' },
  );
}
