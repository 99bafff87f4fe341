/** What commands that work on sites share. */
import { Args } from '@oclif/core';
import type { Config, Site } from '../config/config.ts';
import { BackupError, type ErrorCode } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { SiteDependencies } from '../sync/open-site.ts';
import type { DeletionShare, SiteResult } from '../sync/site-sync.ts';
import { formatCount } from '../ui/format.ts';
import type { Context } from './context.ts';
import { endInPart } from './end-in-part.ts';
import { asText, toReported } from './report-error.ts';
import { openBucket } from './resources.ts';

export const sitesArg = Args.string({
  description: 'Names of sites of the configuration; all of them where none is given.',
  multiple: true,
  required: false,
});

/** Those that are named, in the file's order, or all. @throws BackupError USAGE */
export function chosenSites({ sites, path }: Config, names: readonly string[] = []): Site[] {
  if (sites.length === 0) {
    throw new BackupError('USAGE', `There are no sites in ${path}.`, {
      hint: 'Add Sites to the file, or name another file with --config.',
    });
  }
  const unknown = names.find((name) => !sites.some((site) => site.name === name));
  if (unknown !== undefined) {
    throw new BackupError('USAGE', `There is no site "${unknown}" in ${path}.`, {
      hint: `The sites are: ${sites.map((site) => site.name).join(', ')}.`,
    });
  }
  return names.length === 0 ? sites : sites.filter((site) => names.includes(site.name));
}

/** @throws BackupError USAGE: a site belongs to no backup set */
export function refuseSet(set: string | undefined): void {
  if (set === undefined) return;
  throw new BackupError('USAGE', 'Sites belong to no backup set, so --set chooses nothing here.', {
    hint: 'Give the names of sites.',
  });
}

export function siteDependencies(context: Context, concurrency: number | undefined): SiteDependencies {
  const { config, clock, observer } = context;
  const inFlight = concurrency ?? config.concurrency;
  return {
    stateDir: config.stateDir,
    clock,
    observer,
    concurrency: inFlight,
    openBucket: (location) => openBucket(location, inFlight, context),
  };
}

export interface ReportedSiteError {
  code: ErrorCode;
  message: string;
  hint: string | null;
}

/** Of a site as `--json` prints it. */
export type PrintedSite =
  (Omit<SiteResult, 'error'> & { error?: ReportedSiteError }) | { site: string; error: ReportedSiteError };

/** An error of one site, told on stderr beside the results; the worst one decides how the command ends. */
export function noteSiteError(error: unknown): ReportedSiteError {
  const reported = toReported(error);
  process.stderr.write(asText(reported));
  process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodes[reported.code]);
  return { code: reported.code, message: reported.message, hint: reported.hint ?? null };
}

/** Ends in part where something failed; keeps a worse end. */
export function notePartial(result: SiteResult): void {
  if (result.failed > 0 && Number(process.exitCode ?? 0) === 0) endInPart();
}

export function deletionQuestion({ source, deletions, objects }: DeletionShare): string {
  return `This deletes ${formatCount(deletions)} of the ${formatCount(objects)} objects of ${source}. Go on?`;
}
