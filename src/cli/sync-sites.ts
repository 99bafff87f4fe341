/** Syncs sites one after the other, and tells of each: on the screen, in the log, and to those who want to be notified. */
import type { Site } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { openSite } from '../sync/open-site.ts';
import type { SiteResult, SyncOptions } from '../sync/site-sync.ts';
import type { Context } from './context.ts';
import { renderSync } from './render-sync.ts';
import { notePartial, noteSiteError, siteDependencies, type PrintedSite } from './sites.ts';

export interface SitesOptions extends SyncOptions {
  resetCache: boolean;
  concurrency: number | undefined;
}

/** What stands against one site does not keep the others from being synced; the worst exit code of all stays. */
export async function syncSites(
  sites: readonly Site[],
  context: Context,
  options: SitesOptions,
): Promise<PrintedSite[]> {
  const printed: PrintedSite[] = [];
  for (const site of sites) printed.push(await syncOne(site, context, options));
  return printed;
}

async function syncOne(site: Site, context: Context, options: SitesOptions): Promise<PrintedSite> {
  const { outcomes, signal } = context;
  outcomes.begin();
  try {
    const opened = await openSite(site, siteDependencies(context, options.concurrency), options);
    try {
      return tell(await opened.sync(options, signal), context);
    } finally {
      await opened.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BackupError)) throw error;
    outcomes.failed(site.name, error);
    return { site: site.name, error: noteSiteError(error) };
  }
}

function tell(result: SiteResult, context: Context): PrintedSite {
  const { error, ...rest } = result;
  if (result.dryRun) context.print(renderSync(result));
  else context.report(renderSync(result));
  if (error === undefined) {
    notePartial(result);
    context.outcomes.ended(result.site, rest, result.failed > 0 ? exitCodes.PARTIAL : 0);
    return rest;
  }
  context.outcomes.failed(result.site, error);
  return { ...rest, error: noteSiteError(error) };
}
