/** Syncs sites one after the other, and tells of each. */
import type { Site } from '../config/config.ts';
import { openSite } from '../sync/open-site.ts';
import type { SyncOptions } from '../sync/site-sync.ts';
import type { Context } from './context.ts';
import { renderSync } from './render-sync.ts';
import { forEachSite, siteDependencies, warnOfExpiry, type PrintedSite } from './sites.ts';

export interface SitesOptions extends SyncOptions {
  resetCache: boolean;
  concurrency: number | undefined;
}

/** As `forEachSite`. */
export function syncSites(
  sites: readonly Site[],
  context: Context,
  options: SitesOptions,
): Promise<PrintedSite[]> {
  const given = siteDependencies(context, options.concurrency);
  return forEachSite(context, sites, async (site) => {
    warnOfExpiry(context, site);
    const { resetCache, dryRun: isDryRun } = options;
    const opened = await openSite(site, given, { resetCache, isDryRun });
    try {
      const result = await opened.sync(options, context.signal);
      if (result.dryRun) context.print(renderSync(result));
      else context.report(renderSync(result));
      return result;
    } finally {
      await opened.close();
    }
  });
}
