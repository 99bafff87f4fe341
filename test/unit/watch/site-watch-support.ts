import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { type TestContext } from 'node:test';
import { systemClock, type Clock } from '../../../src/clock.ts';
import type { Site } from '../../../src/config/site.ts';
import { BackupError } from '../../../src/errors.ts';
import { newFigures, type SiteFigures } from '../../../src/watch/figures.ts';
import type { WatchOptions } from '../../../src/watch/options.ts';
import { SiteWatch } from '../../../src/watch/site-watch.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { contentsOf, MapSite, siteOf } from './support.ts';

export const timeLimitMs = 30_000;

export interface Watching {
  root: string;
  map: MapSite;
  figures: SiteFigures;
  stop: () => Promise<unknown>;
  /** The error that it ends with. */
  ended: Promise<unknown>;
}

export function watching(
  t: TestContext,
  {
    site = {},
    options = {},
    map: prepare = () => undefined,
    clock = systemClock,
    open = (map) => map,
  }: {
    site?: Partial<Site> | ((root: string) => Partial<Site>);
    options?: Partial<WatchOptions>;
    map?: (map: MapSite) => void;
    clock?: Clock;
    open?: (map: MapSite) => MapSite;
  } = {},
): Watching {
  const root = tempDir(t);
  const map = new MapSite(root);
  prepare(map);
  const stopper = new AbortController();
  const figures = newFigures('s');
  const watch = new SiteWatch(
    siteOf(root, typeof site === 'function' ? site(root) : site),
    {
      reconcileEveryMs: 3_600_000,
      pollEveryMs: undefined,
      maxDelete: undefined,
      mayDeleteMost: false,
      healthEveryMs: 3_600_000,
      ...options,
    },
    figures,
    {
      open: async () => open(map),
      clock,
      observer: { log: silentLog, progress: () => undefined },
      signal: stopper.signal,
    },
  );
  const ended = watch.run().catch((error: unknown) => error);
  const stop = (): Promise<unknown> => {
    stopper.abort(new BackupError('TERMINATED', 'Terminated.'));
    return ended;
  };
  t.after(stop);
  return { root, map, figures, stop, ended };
}

export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const endMs = performance.now() + timeLimitMs;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `it did not happen in time: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Appends to a file for so long, with pauses shorter than what counts as quiet. */
export async function growing(path: string, forMs: number): Promise<void> {
  for (const endMs = performance.now() + forMs; performance.now() < endMs;) {
    appendFileSync(path, 'line\n');
    await pause(20);
  }
}

export async function untilEqual({ root, map }: Watching): Promise<void> {
  const isEqual = (): boolean => {
    const wanted = contentsOf(root);
    return (
      wanted.size === map.bucket.size && [...wanted].every(([key, text]) => map.bucket.get(key) === text)
    );
  };
  await until(isEqual, () => JSON.stringify([[...contentsOf(root)], [...map.bucket]]).slice(0, 2000));
}
