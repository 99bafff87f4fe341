/** Use case: follows several sites at once until it is told to stop. One that cannot go on tries again, and does not hold up the others. */
import type { Site } from '../config/site.ts';
import { BackupError } from '../errors.ts';
import { newFigures, type SiteFigures } from './figures.ts';
import type { WatchOptions } from './options.ts';
import { SiteWatch, type SiteWatchDependencies } from './site-watch.ts';

export interface WatchDependencies extends Omit<SiteWatchDependencies, 'signal'> {
  signal: AbortSignal;
  /** Gets the figures of all sites, which change from then on. */
  onStart?: (figures: readonly SiteFigures[]) => void;
  /** Called for each site as often as the log gets a line. */
  onHealth?: (figures: SiteFigures) => Promise<void>;
}

/**
 * @throws the signal's reason when it is told to stop; what one site cannot begin with (LOCKED, USAGE, CONFIG_INVALID), once the others have stopped
 */
export async function watchSites(
  sites: readonly Site[],
  options: WatchOptions,
  { onStart, ...dependencies }: WatchDependencies,
): Promise<never> {
  const stop = new AbortController();
  const signal = AbortSignal.any([dependencies.signal, stop.signal]);
  const figures = sites.map(({ name }) => newFigures(name));
  onStart?.(figures);
  const watches = sites.map((site, index) => {
    const own = figures[index] ?? newFigures(site.name);
    return new SiteWatch(site, options, own, { ...dependencies, signal }).run();
  });
  const health = tellHealth(figures, options.healthEveryMs, { ...dependencies, signal });
  try {
    return await Promise.race([...watches, health]);
  } finally {
    stop.abort(new BackupError('FAILED', 'Another site of this watch has stopped.'));
    await Promise.allSettled([...watches, health]);
  }
}

async function tellHealth(
  sites: readonly SiteFigures[],
  everyMs: number,
  {
    clock,
    observer,
    signal,
    onHealth,
  }: Pick<WatchDependencies, 'clock' | 'observer' | 'signal' | 'onHealth'>,
): Promise<never> {
  for (;;) {
    await clock.sleep(everyMs, signal);
    for (const figures of sites) observer.log.info('watching', healthFields(figures));
    for (const figures of sites) await onHealth?.(figures);
  }
}

export function healthFields(figures: SiteFigures): Record<string, string | number> {
  const { site, queue, uploaded, deleted, tagged, failed, watchedFolders, unwatchedFolders, trouble } =
    figures;
  return {
    site,
    queue,
    uploaded,
    deleted,
    ...(tagged > 0 && { tagged }),
    failed,
    folders: watchedFolders,
    ...(unwatchedFolders > 0 && { unwatchedFolders }),
    lastEvent: timeText(figures.lastEventMs),
    lastSuccess: timeText(figures.lastSuccessMs),
    lastComparison: timeText(figures.lastReconcileMs),
    ...(trouble !== '' && { trouble }),
  };
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? 'none yet' : new Date(ms).toISOString();
}
