/** Opens a site: its lock, what is remembered of it, and its feeds. */
import { isDeepStrictEqual } from 'node:util';
import type { BucketLocation, BucketSource as BucketSourceOfSite, Site } from '../config/config.ts';
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
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
import type { Feed, OpenSite, SiteResult, SyncOptions } from './site-sync.ts';
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
    const feeds = await openFeeds(site, state, given);
    if (resetCache && isDryRun) for (const { memory } of feeds) memory.ignoreFiles();
    return new SiteSync(site, state, feeds, given);
  } catch (error) {
    state.close();
    throw error;
  }
}

async function openFeeds(site: Site, state: SiteState, given: SiteDependencies): Promise<OpenFeed[]> {
  const { source, destination } = site;
  const { location, bucketPerFolder } = destination;
  if (source.kind === 'directory')
    return [
      openDirectory(site, source.path, destination.prefix, await given.openBucket(location), state, given),
    ];
  if (source.kind === 'bucket') return [await openMirror(site, source, state, given)];
  const feeds: OpenFeed[] = [];
  for (const folder of await foldersOf(source)) {
    const bucket = bucketPerFolder === undefined ? location.bucket : bucketNameFor(bucketPerFolder, folder);
    const opened = await given.openBucket({ ...location, bucket });
    const prefix = `${destination.prefix}${folder.replace(/^\/+/, '')}/`;
    feeds.push(openDirectory(site, folder, prefix, opened, state, given));
  }
  return feeds;
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
  readonly #opened: ReadonlyMap<Feed, OpenFeed>;
  readonly #site: Site;
  readonly #state: SiteState;
  readonly #given: SiteDependencies;
  /** Everything, once: what the bucket has is remembered since, and what may have been done as doubtful. */
  #isCompared = false;

  constructor(site: Site, state: SiteState, feeds: readonly OpenFeed[], given: SiteDependencies) {
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
      let refusal: BackupError | undefined;
      for (const [feed, opened] of this.#opened) {
        try {
          await checkVersioning(opened, options, dependencies);
          await syncUnder(opened, '', options, this.#for(feed, options, dependencies));
        } catch (error) {
          // What stands against one folder does not keep the others from being brought.
          if (!(error instanceof BackupError) || !isOfOneFeed(error)) throw error;
          if (refusal !== undefined) dependencies.observer.log.error(error.message);
          refusal ??= error;
        }
      }
      this.#isCompared ||= refusal === undefined && !options.dryRun;
      return refusal;
    });
  }

  syncFolder(feed: Feed, folder: string, options: SyncOptions, signal: AbortSignal): Promise<SiteResult> {
    const opened = this.#feed(feed);
    const under = opened.rotation === undefined ? folder : '';
    return this.#run(options, signal, (dependencies) =>
      syncUnder(opened, under, options, this.#for(feed, options, dependencies)),
    );
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
    return this.#run(options, signal, (given) => {
      const dependencies = this.#for(feed, options, given);
      const seen = { entries: 0, objects: 0 };
      const isAllRemembered = this.#isCompared;
      const changes = () => keyChanges(opened, keys, { ...dependencies, isAllRemembered });
      return syncChanges(opened, changes, seen, false, options, dependencies);
    });
  }

  async close(): Promise<void> {
    for (const { bucket, source } of this.#opened.values()) {
      bucket.close();
      source.close();
    }
    this.#state.close();
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

/** Without versions, what is overwritten or deleted is lost. */
async function checkVersioning(
  feed: OpenFeed,
  { dryRun }: SyncOptions,
  { observer, signal }: RunDependencies,
): Promise<void> {
  const versioning = await versioningOf(feed, signal);
  if (versioning === undefined || versioning === 'enabled') return;
  if (versioning === 'off' && !dryRun && (await new BucketMaker(feed, signal).finish())) return;
  const bucket = feed.bucket.name;
  observer.log.warn('the bucket is not versioned: what is overwritten or deleted in it is lost', {
    bucket,
    versioning,
  });
}

/** Undefined of a bucket that is to be made, or of which this may not be asked. */
async function versioningOf({ bucket }: OpenFeed, signal: AbortSignal): Promise<VersioningState | undefined> {
  try {
    return await bucket.versioning({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BackupError && /^(BUCKET_MISSING|ACCESS_DENIED)$/.test(error.code)) return undefined;
    throw error;
  }
}
