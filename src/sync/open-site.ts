/** Opens a site: its lock, what is remembered of it, and its feeds. */
import { isDeepStrictEqual } from 'node:util';
import type {
  BucketLocation,
  BucketSource as BucketSourceOfSite,
  Site,
  SiteDestination,
} from '../config/config.ts';
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { exitCodes, worseExitCode } from '../exit-codes.ts';
import type { Observer } from '../observer.ts';
import type { VersioningState } from '../s3/open-bucket.ts';
import { bucketNameFor } from './bucket-name.ts';
import { BucketSource } from './bucket-source.ts';
import { busyIn } from './busy.ts';
import { keyChanges } from './key-changes.ts';
import type { DestinationBucket, SourceBucket } from './destination.ts';
import { DirectorySource } from './directory-source.ts';
import { couldBeFile } from './file-keys.ts';
import { foldersOf } from './folders.ts';
import { BucketMaker, type OpenFeed } from './open-feed.ts';
import type { DecisionRules } from './plan.ts';
import { reportOf } from './report.ts';
import { Rotation } from './rotation.ts';
import { Scope } from './scope.ts';
import type { Feed, OpenSite, RefusedFolder, SiteResult, SyncOptions } from './site-sync.ts';
import { SiteState } from './site-state.ts';
import { syncChanges, syncUnder, type FeedDependencies } from './sync-feed.ts';
import { Tally } from './tally.ts';

export interface SiteDependencies {
  stateDir: string;
  clock: Clock;
  observer: Observer;
  /** Objects under way at once, where the site does not say. */
  concurrency: number;
  openBucket(location: BucketLocation): Promise<DestinationBucket & SourceBucket>;
}

/** @throws BackupError LOCKED, REFUSED, CONFIG_INVALID, SNAPSHOTS_DIR */
export async function openSite(
  site: Site,
  given: SiteDependencies,
  { resetCache = false, isDryRun = false } = {},
): Promise<OpenSite> {
  const { stateDir, clock, observer } = given;
  const state = SiteState.open(stateDir, site.name, { clock, log: observer.log });
  try {
    if (resetCache && !isDryRun) state.forgetFiles();
    const { feeds, refused } = await openFeeds(site, state, given);
    if (resetCache && isDryRun) for (const { memory } of feeds) memory.ignoreFiles();
    return new SiteSync(site, state, feeds, refused, given);
  } catch (error) {
    state.close();
    throw error;
  }
}

interface OpenFeeds {
  feeds: OpenFeed[];
  refused: RefusedFolder[];
}

async function openFeeds(site: Site, state: SiteState, given: SiteDependencies): Promise<OpenFeeds> {
  const { source, destination } = site;
  const { location } = destination;
  if (source.kind === 'directory') {
    const bucket = await given.openBucket(location);
    return {
      feeds: [openDirectory(site, source.path, destination.prefix, bucket, state, given)],
      refused: [],
    };
  }
  if (source.kind === 'bucket') return { feeds: [await openMirror(site, source, state, given)], refused: [] };
  const feeds: OpenFeed[] = [];
  const refused: RefusedFolder[] = [];
  for (const folder of await foldersOf(source)) {
    const bucket = bucketOf(folder, destination);
    if (bucket instanceof BackupError) {
      refused.push({ source: folder, error: bucket });
      continue;
    }
    const opened = await given.openBucket({ ...location, bucket });
    const prefix = `${destination.prefix}${folder.replace(/^\/+/, '')}/`;
    feeds.push(openDirectory(site, folder, prefix, opened, state, given));
  }
  return { feeds, refused };
}

/** @returns what stands against the folder where it has none */
function bucketOf(folder: string, { location, bucketPerFolder }: SiteDestination): string | BackupError {
  if (bucketPerFolder === undefined) return location.bucket;
  try {
    return bucketNameFor(bucketPerFolder, folder);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
}

/** The bucket of a mirror is its own as far as its prefix goes, whatever the keys are. */
async function openMirror(
  site: Site,
  source: BucketSourceOfSite,
  state: SiteState,
  given: SiteDependencies,
): Promise<OpenFeed> {
  const { location, prefix } = site.destination;
  const scope = new Scope(site);
  const to = await given.openBucket(location);
  const from = await given.openBucket(source.location);
  const identity = JSON.stringify([from.endpoint, from.name, source.prefix, to.endpoint, to.name, prefix]);
  return {
    site,
    source: new BucketSource({
      bucket: from,
      prefix: source.prefix,
      scope,
      storageClass: site.storageClass,
      hasOtherCredentials: !isDeepStrictEqual(source.location.credentials, location.credentials),
    }),
    bucket: to,
    prefix,
    memory: state.feed(identity),
    rules: rulesOf(site),
    covers: (key) => scope.covers(key),
  };
}

function rulesOf({ compare, storageClass, retireDeleted }: Site): DecisionRules {
  return { compare, storageClass, retireDeleted };
}

function openDirectory(
  site: Site,
  root: string,
  prefix: string,
  bucket: DestinationBucket,
  state: SiteState,
  { clock }: SiteDependencies,
): OpenFeed {
  const { symlinks, chunkSizeBytes, rotate } = site;
  const scope = new Scope(site);
  const source = new DirectorySource({ root, symlinks, chunkSizeBytes, scope, clock });
  const identity = JSON.stringify([root, bucket.endpoint, bucket.name, prefix]);
  return {
    site,
    source,
    bucket,
    prefix,
    memory: state.feed(identity),
    rules: rulesOf(site),
    covers: (key) => couldBeFile(key) && scope.covers(key),
    rotation: rotate === undefined ? undefined : new Rotation(source, rotate),
  };
}

type RunDependencies = Omit<FeedDependencies, 'isBusy' | 'report'>;

class SiteSync implements OpenSite {
  readonly feeds: readonly Feed[];
  readonly refused: readonly RefusedFolder[];
  readonly #opened: ReadonlyMap<Feed, OpenFeed>;
  readonly #site: Site;
  readonly #state: SiteState;
  readonly #given: SiteDependencies;
  /** As a whole, once: what the bucket has is remembered since, and what may have been done as doubtful. */
  readonly #compared = new Set<OpenFeed>();
  /** It is known how it stands with the versions of their buckets. */
  readonly #checked = new Set<OpenFeed>();

  constructor(
    site: Site,
    state: SiteState,
    feeds: readonly OpenFeed[],
    refused: readonly RefusedFolder[],
    given: SiteDependencies,
  ) {
    this.refused = refused;
    this.#site = site;
    this.#state = state;
    this.#given = given;
    this.#opened = new Map(
      feeds.map((feed) => [
        { source: feed.source.name, bucket: feed.bucket.name, prefix: feed.prefix },
        feed,
      ]),
    );
    this.feeds = [...this.#opened.keys()];
  }

  sync(options: SyncOptions, signal: AbortSignal): Promise<SiteResult> {
    return this.#run(options, signal, async (dependencies) => {
      const refusals: BackupError[] = [];
      for (const [feed, opened] of this.#opened) {
        try {
          await this.#check(opened, options, dependencies);
          await syncUnder(opened, '', options, this.#for(feed, options, dependencies));
          if (!options.dryRun) this.#compared.add(opened);
        } catch (error) {
          // What stands against one folder does not keep the others from being brought.
          if (!(error instanceof BackupError) || !isOfOneFeed(error)) throw error;
          refusals.push(error);
        }
      }
      // Last, as they never end: of equals the first is told, and it is to be one that may.
      refusals.push(...this.refused.map(({ error }) => error));
      const worst = worstOf(refusals);
      for (const error of refusals) if (error !== worst) dependencies.observer.log.error(error.message);
      return worst;
    });
  }

  syncFolder(feed: Feed, folder: string, options: SyncOptions, signal: AbortSignal): Promise<SiteResult> {
    const opened = this.#feed(feed);
    const under = opened.rotation === undefined ? folder : '';
    return this.#run(options, signal, async (dependencies) => {
      await this.#checkOnce(opened, options, dependencies);
      await syncUnder(opened, under, options, this.#for(feed, options, dependencies));
    });
  }

  syncKeys(
    feed: Feed,
    keys: readonly string[],
    options: SyncOptions,
    signal: AbortSignal,
  ): Promise<SiteResult> {
    const opened = this.#feed(feed);
    // Which files stay depends on all of them.
    if (opened.rotation !== undefined) return this.syncFolder(feed, '', options, signal);
    return this.#run(options, signal, async (given) => {
      await this.#checkOnce(opened, options, given);
      const dependencies = this.#for(feed, options, given);
      const seen = { entries: 0, objects: 0 };
      const isAllRemembered = this.#compared.has(opened);
      const changes = () => keyChanges(opened, keys, { ...dependencies, isAllRemembered });
      await syncChanges(opened, changes, seen, false, options, dependencies);
    });
  }

  async close(): Promise<void> {
    for (const { bucket, source } of this.#opened.values()) {
      bucket.close();
      source.close();
    }
    this.#state.close();
  }

  async #check(feed: OpenFeed, options: SyncOptions, dependencies: RunDependencies): Promise<void> {
    this.#checked.delete(feed);
    if (await checkVersioning(feed, options, dependencies)) this.#checked.add(feed);
  }

  /** Before anything of a part is brought: the bucket may be one that a comparison could make and not set up. */
  async #checkOnce(feed: OpenFeed, options: SyncOptions, dependencies: RunDependencies): Promise<void> {
    const { mayMake } = new BucketMaker(feed, dependencies.signal);
    if (mayMake && !this.#checked.has(feed)) await this.#check(feed, options, dependencies);
  }

  #feed(feed: Feed): OpenFeed {
    const opened = this.#opened.get(feed);
    if (opened === undefined) throw new Error('The feed is not one of this site.');
    return opened;
  }

  #for(feed: Feed, options: SyncOptions, given: RunDependencies): FeedDependencies {
    const { clock, tally } = given;
    const [isBusy, report] = [busyIn(feed, options, clock, tally), reportOf(feed, options, tally)];
    return { ...given, isBusy, report };
  }

  /** @param work returns what it was refused with, if anything */
  async #run(
    options: SyncOptions,
    signal: AbortSignal,
    work: (dependencies: RunDependencies) => Promise<BackupError | undefined | void>,
  ): Promise<SiteResult> {
    const { stateDir, clock, observer, concurrency } = this.#given;
    const { lock } = this.#state;
    const startMs = clock.nowMs();
    const tally = new Tally(observer);
    const workers = this.#site.workers ?? concurrency;
    const either = AbortSignal.any([signal, lock.lost]);
    let error: BackupError | undefined;
    try {
      error = (await work({ stateDir, clock, observer, lock, workers, tally, signal: either })) ?? undefined;
    } catch (thrown) {
      either.throwIfAborted();
      if (!(thrown instanceof BackupError)) throw thrown;
      error = thrown;
    }
    const result: SiteResult = {
      site: this.#site.name,
      ...tally.counts,
      failures: tally.failures,
      skips: tally.skips,
      changes: options.dryRun ? tally.changes : null,
      dryRun: options.dryRun,
      durationMs: clock.nowMs() - startMs,
      ...(tally.away !== undefined && { away: tally.away }),
    };
    return error === undefined ? result : { ...result, error };
  }
}

/** Another bucket, another folder: it may fare better there. */
function isOfOneFeed({ code }: BackupError): boolean {
  return code === 'REFUSED' || code === 'ACCESS_DENIED' || code === 'BUCKET_MISSING' || code === 'S3_FAILED';
}

/** What somebody has most to do about. */
function worstOf(errors: readonly BackupError[]): BackupError | undefined {
  return errors.reduce<BackupError | undefined>((worst, error) => {
    if (worst === undefined) return error;
    const code = exitCodes[worst.code];
    return worseExitCode(code, exitCodes[error.code]) === code ? worst : error;
  }, undefined);
}

/** Without versions, what is overwritten or deleted is lost. @returns whether that need not be looked at again: the bucket is there, and set up */
async function checkVersioning(
  feed: OpenFeed,
  { dryRun }: SyncOptions,
  { observer, signal }: RunDependencies,
): Promise<boolean> {
  const versioning = await versioningOf(feed, signal);
  if (versioning === 'missing') return false;
  if (versioning === 'denied' || versioning === 'enabled') return true;
  if (versioning === 'off' && !dryRun && (await new BucketMaker(feed, signal).finish())) return true;
  const bucket = feed.bucket.name;
  observer.log.warn('the bucket is not versioned: what is overwritten or deleted in it is lost', {
    bucket,
    versioning,
  });
  return true;
}

/** `missing` is a bucket that is to be made, `denied` one of which this may not be asked. */
async function versioningOf(
  { bucket }: OpenFeed,
  signal: AbortSignal,
): Promise<VersioningState | 'missing' | 'denied'> {
  try {
    return await bucket.versioning({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'BUCKET_MISSING') return 'missing';
    if (error.code === 'ACCESS_DENIED') return 'denied';
    throw error;
  }
}
