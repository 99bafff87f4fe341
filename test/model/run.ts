/** One run of a command, disturbed as its history says: writers beside it, and a stop at any request or change of the index. */
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BackupError } from '../../src/errors.ts';
import { SnapshotRepository } from '../../src/snapshots/repository.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';
import type { RequestHook } from './disturbed-server.ts';
import type { Disturbance, Write } from './history.ts';

/** Thrown out of a process that is dead: nothing of ours may catch it and go on. */
class Killed extends Error {}

export type RunOutcome<T> = { ended: true; result: T } | { ended: false; error: unknown; wasKilled: boolean };

export class Run implements RequestHook {
  readonly #snapshotsDir: string;
  readonly #clock: ManualClock;
  readonly #disturbance: Disturbance;
  readonly #write: (write: Write) => void;
  readonly #controller = new AbortController();
  #points = 0;
  #isDead = false;

  constructor(
    snapshotsDir: string,
    clock: ManualClock,
    disturbance: Disturbance,
    write: (write: Write) => void,
  ) {
    this.#snapshotsDir = snapshotsDir;
    this.#clock = clock;
    this.#disturbance = disturbance;
    this.#write = write;
  }

  onRequest(): void {
    this.#passPoint();
  }

  isDead(): boolean {
    return this.#isDead;
  }

  async execute<T>(
    work: (repository: SnapshotRepository, signal: AbortSignal) => Promise<T>,
  ): Promise<RunOutcome<T>> {
    const repository = await SnapshotRepository.open({
      snapshotsDir: this.#snapshotsDir,
      compress: false,
      clock: this.#clock,
      log: silentLog,
      create: true,
    });
    this.#stopAtChanges(repository);
    try {
      const result = await work(repository, this.#controller.signal);
      // What it ended with after its death never happened either.
      if (this.#isDead) return { ended: false, error: new Killed(), wasKilled: true };
      return { ended: true, result };
    } catch (error) {
      const isExpected = this.#isDead || error instanceof BackupError;
      if (!isExpected) throw error;
      return { ended: false, error, wasKilled: this.#isDead };
    } finally {
      repository.close();
      if (this.#isDead) this.#leaveAsKilled();
    }
  }

  #passPoint(): void {
    this.#points += 1;
    for (const { at, write } of this.#disturbance.writes) if (at === this.#points) this.#write(write);
    const { stop } = this.#disturbance;
    if (stop?.at !== this.#points) return;
    if (stop.how === 'kill') {
      cpSync(this.#snapshotsDir, this.#asKilled, { recursive: true });
      this.#isDead = true;
    }
    this.#controller.abort(new BackupError('INTERRUPTED', 'Interrupted.'));
  }

  get #asKilled(): string {
    return `${this.#snapshotsDir}-as-killed`;
  }

  /** What the dead process did after its death never happened; its lock is that of a process that is gone. */
  #leaveAsKilled(): void {
    rmSync(this.#snapshotsDir, { recursive: true });
    renameSync(this.#asKilled, this.#snapshotsDir);
    const path = join(this.#snapshotsDir, 'catalogue.sqlite');
    if (!existsSync(path)) return;
    const catalogue = new Database(path);
    catalogue.exec('DELETE FROM locks');
    catalogue.close();
  }

  #stopAtChanges(repository: SnapshotRepository): void {
    this.#interpose(repository, ['add', 'markDeleting', 'remove', 'removeLeftovers']);
    this.#interpose(repository.manifests, ['write', 'replace', 'remove']);
    this.#interpose(repository.ranges, ['add', 'sync', 'remove']);
    this.#interpose(repository.catalogue, ['put', 'remove', 'setExclusive']);
    this.#interpose(repository.unfinished, ['removeOf']);
  }

  #interpose<T extends object>(target: T, names: readonly (keyof T & string)[]): void {
    for (const name of names) {
      const original = target[name] as (...args: unknown[]) => unknown;
      const stoppable = (...args: unknown[]): unknown => {
        this.#passPoint();
        if (this.#isDead) throw new Killed();
        return original.apply(target, args);
      };
      Object.defineProperty(target, name, { value: stoppable });
    }
  }
}
