/** What commands that work on sites share. */
import { Args } from '@oclif/core';
import type { Config, Site } from '../config/config.ts';
import { BackupError, type ErrorCode } from '../errors.ts';
import { exitCodes, worseExitCode } from '../exit-codes.ts';
import { redact } from '../log/redact.ts';
import type { RetryLimits } from '../s3/retry.ts';
import type { SiteDependencies } from '../sync/open-site.ts';
import type { DeletionShare, SiteResult } from '../sync/site-sync.ts';
import { formatCount } from '../ui/format.ts';
import type { Context } from './context.ts';
import { asText } from './report-error.ts';
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

export function siteDependencies(
  context: Context,
  concurrency: number | undefined,
  retry: Partial<RetryLimits> = {},
): SiteDependencies {
  const { config, clock, observer } = context;
  const inFlight = concurrency ?? config.concurrency;
  return {
    stateDir: config.stateDir,
    clock,
    observer,
    concurrency: inFlight,
    openBucket: (location) => openBucket({ ...location, retry }, inFlight, context),
  };
}

/** A bucket that forgets versions forgets what snapshots of it name (trap 11). */
export function warnOfExpiry(
  { config, log }: Context,
  { name, destination, noncurrentExpirationDays }: Site,
): void {
  if (noncurrentExpirationDays === undefined) return;
  const { location, bucketPerFolder = location.bucket } = destination;
  const [start = '', end = ''] = bucketPerFolder.split('{folder}');
  for (const { slave } of config.sets) {
    const isOne = bucketPerFolder.includes('{folder}')
      ? slave.bucket.startsWith(start) && slave.bucket.endsWith(end)
      : slave.bucket === location.bucket;
    if (isOne)
      log.warn(
        'snapshots are taken of a bucket that is to forget noncurrent versions: it will lose what they name',
        {
          site: name,
          bucket: slave.bucket,
          days: noncurrentExpirationDays,
        },
      );
  }
}

export interface ReportedSiteError {
  code: ErrorCode;
  message: string;
  hint: string | null;
}

/** Of a site as `--json` prints it. */
export type PrintedSite = Partial<Omit<SiteResult, 'error' | 'away'>> & {
  site: string;
  error?: ReportedSiteError;
};

/**
 * Runs `work` for each site in turn; what stands against one does not keep the others from it. Each error is told on stderr and
 * in the log, and the worst decides how the command ends.
 * @throws what interrupts it, and faults of this program
 */
export async function forEachSite(
  context: Context,
  sites: readonly Site[],
  work: (site: Site) => Promise<SiteResult>,
): Promise<PrintedSite[]> {
  const { run, outcomes, signal } = context;
  const printed: PrintedSite[] = [];
  let worst = 0;
  for (const site of sites) {
    outcomes.begin();
    const { result, error } = await outcomeOf(() => work(site), signal);
    const exitCode = exitCodeOf(result, error);
    if (error === undefined) outcomes.ended(site.name, result, exitCode);
    else outcomes.failed(site.name, error);
    if (sites.length > 1 && result !== undefined) run.partEnded('site', site.name, result);
    if (error !== undefined) run.siteFailed(site.name, error);
    worst = worseExitCode(worst, exitCode);
    printed.push({ site: site.name, ...result, ...(error !== undefined && { error: tellError(error) }) });
  }
  process.exitCode = worst;
  return printed;
}

/** The one that the command ends with. */
export function worstError(printed: readonly PrintedSite[]): ReportedSiteError | undefined {
  return printed
    .flatMap(({ error }) => (error === undefined ? [] : [error]))
    .reduce<ReportedSiteError | undefined>((worst, error) => {
      const before = worst === undefined ? 0 : exitCodes[worst.code];
      return worseExitCode(before, exitCodes[error.code]) === before ? worst : error;
    }, undefined);
}

function exitCodeOf(result: { failed: number } | undefined, error: BackupError | undefined): number {
  if (error !== undefined) return exitCodes[error.code];
  return (result?.failed ?? 0) > 0 ? exitCodes.PARTIAL : 0;
}

/** What was done until an error is a result, too. */
async function outcomeOf(
  work: () => Promise<SiteResult>,
  signal: AbortSignal,
): Promise<{ result?: Omit<SiteResult, 'error' | 'away'>; error?: BackupError | undefined }> {
  try {
    const { error, away: _, ...result } = await work();
    return { result, error };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BackupError)) throw error;
    return { error };
  }
}

function tellError(error: BackupError): ReportedSiteError {
  process.stderr.write(redact(asText(error)));
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

export function deletionQuestion({ source, deletions, objects }: DeletionShare): string {
  return `This deletes ${formatCount(deletions)} of the ${formatCount(objects)} objects of ${source}. Go on?`;
}
