/** Restores into a bucket: by copies that the server makes, or through us where it cannot read the source. */
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { CopyResult } from '../s3/open-bucket.ts';
import type { ListedVersion, VersionPage } from '../s3/types.ts';
import { AclCarrier } from './acls.ts';
import { carryIdentity, placementOf } from './carry.ts';
import type { Route } from './estimate.ts';
import { heldKeys } from './held-versions.ts';
import type { RestoreJournal, UnfinishedUpload } from './journal.ts';
import type { BucketDependencies, RestoreOptions } from './options.ts';
import { planActions, type Action, type DecidedAction } from './plan.ts';
import { checkNullVersion } from './null-version.ts';
import { decideByMetadata } from './same-metadata.ts';
import { keyFilter, selected } from './selection.ts';
import { sourceIdentity } from './source-identity.ts';
import type { Outcome, RestoreTarget } from './target.ts';
import { Thaw } from './thaw.ts';

export class BucketTarget implements RestoreTarget {
  readonly route: Route;
  readonly #thaw: Thaw;
  readonly #acls: AclCarrier;
  readonly #options: RestoreOptions;
  readonly #dependencies: BucketDependencies;
  readonly #journal: RestoreJournal | undefined;
  readonly #listed: { prefix: string; isMissing: boolean };
  /** The destination was found unable to read the source. */
  #isThroughUs = false;

  /** @param listed the prefix of the snapshot's keys that are asked for; whether there is no bucket to be listed yet */
  constructor(
    options: RestoreOptions,
    dependencies: BucketDependencies,
    journal: RestoreJournal | undefined,
    listed: { prefix: string; isMissing: boolean },
  ) {
    const { source, destination, clock } = dependencies;
    this.route = {
      kind: source.endpoint === destination.endpoint ? 'copy' : 'stream',
      crossesRegions: source.region !== destination.region,
    };
    this.#thaw = new Thaw(source, options, clock);
    this.#acls = new AclCarrier(options, dependencies);
    this.#options = options;
    this.#dependencies = dependencies;
    this.#journal = journal;
    this.#listed = listed;
  }

  async *decide(entries: AsyncIterable<readonly Entry[]>): AsyncGenerator<DecidedAction[]> {
    const { destination, signal } = this.#dependencies;
    const { prefix, isMissing } = this.#listed;
    const pages = isMissing
      ? noPages()
      : destination.listVersions({ prefix: this.#options.toPrefix + prefix }, { signal });
    const rules = {
      isCopyOf: (entry: Entry, current: ListedVersion) => this.#isCopyOf(entry, current),
      mayUndelete: !isMissing && (await this.#mayUndelete()),
    };
    const held = selected(heldKeys(pages, this.#options.toPrefix), keyFilter(this.#options));
    for await (const actions of planActions(entries, held, rules)) {
      yield await this.#decideUnclear(actions);
    }
  }

  async prepare(): Promise<void> {
    await Promise.resolve();
  }

  async removeUnfinished({ id, key }: UnfinishedUpload): Promise<void> {
    await this.#dependencies.destination.abortUpload(key, id);
  }

  async carryOut(action: DecidedAction): Promise<Outcome> {
    const { destination } = this.#dependencies;
    if (action.action === 'extra') {
      await destination.deleteObject(this.#options.toPrefix + action.key);
      return { outcome: 'deleted' };
    }
    if (action.action === 'undelete') return this.#undelete(action.entry, action.markers);
    if (action.action === 'same') throw new Error('There is nothing to do for what is the same.');
    return this.#copy(action.entry, action.within === true);
  }

  /** What the listings leave open is asked, key by key. */
  async #decideUnclear(actions: readonly Action[]): Promise<DecidedAction[]> {
    const decided: DecidedAction[] = [];
    const unclear: Exclude<Action, { action: 'same' | 'copy' | 'extra' }>[] = [];
    for (const action of actions) {
      if (action.action === 'compare' || action.action === 'undelete') unclear.push(action);
      else decided.push(action);
    }
    if (unclear.length === 0) return decided;
    const { signal } = this.#dependencies;
    await forEachConcurrently(unclear, this.#options.concurrency, async (action) => {
      signal.throwIfAborted();
      const { entry } = action;
      if (action.action === 'undelete') {
        const isSafe = await this.#isCurrentInSource(entry);
        decided.push(isSafe ? action : { action: 'copy', entry, within: true });
      } else {
        const key = this.#options.toPrefix + entry.key;
        decided.push(await decideByMetadata(entry, key, this.#options, this.#dependencies));
      }
    });
    return decided;
  }

  #isCopyOf(entry: Entry, current: ListedVersion): boolean {
    const fact = this.#journal?.factOf(current.key);
    return (
      fact !== undefined &&
      fact.source === this.#sourceIdentity(entry) &&
      [current.versionId, unversionedIdentity(current)].includes(fact.made)
    );
  }

  /** A lifecycle rule can take away what is brought back before it counts as current again (trap 11): then it is copied. */
  async #mayUndelete(): Promise<boolean> {
    const { destination, observer, signal } = this.#dependencies;
    try {
      const rules = await destination.lifecycleRules();
      return !rules.some((rule) => rule.enabled && (rule.expiresVersions || rule.expiresCurrent));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError) || error.code !== 'ACCESS_DENIED') throw error;
      observer.log.info('the lifecycle rules may not be read: deleted objects are copied, not undeleted', {
        bucket: destination.name,
      });
      return false;
    }
  }

  /**
   * Removing a delete marker is not replicated (trap 9): where the slave has a marker of its own, the key would stay deleted
   * there, and with it in every later snapshot. A copy is replicated.
   */
  async #isCurrentInSource(entry: Entry): Promise<boolean> {
    const { source, destination, signal } = this.#dependencies;
    if (bucketIdentity(source) === bucketIdentity(destination)) return true;
    try {
      return (await source.head(entry.key)).versionId === entry.versionId;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof BackupError) return false;
      throw error;
    }
  }

  /** Where a marker may not be removed, the object is copied. */
  async #undelete(entry: Entry, markers: readonly string[]): Promise<Outcome> {
    const { destination } = this.#dependencies;
    const key = this.#options.toPrefix + entry.key;
    try {
      const outcomes = await destination.deleteVersions(markers.map((versionId) => ({ key, versionId })));
      if (outcomes.every(({ status }) => status === 'deleted' || status === 'missing'))
        return { outcome: 'undeleted' };
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'ACCESS_DENIED') throw error;
    }
    return this.#copy(entry, true);
  }

  async #copy(entry: Entry, within: boolean): Promise<Outcome> {
    const isCopied = await this.#thaw.whenReadable(entry, () => this.#copyNow(entry, within));
    return isCopied ? { outcome: 'copied', bytes: entry.sizeBytes } : { outcome: 'thawing' };
  }

  async #copyNow(entry: Entry, within: boolean): Promise<void> {
    const key = this.#options.toPrefix + entry.key;
    const acl = await this.#acls.read(entry);
    const made = await this.#make(entry, key, within);
    await this.#note(entry, key, made, await this.#acls.give(acl, key, made));
  }

  async #make(entry: Entry, key: string, within: boolean): Promise<CopyResult> {
    const { destination, signal } = this.#dependencies;
    if (within) {
      try {
        return await this.#copyFrom(destination.name, key, entry);
      } catch (error) {
        // It was removed after it was listed, as by a lifecycle rule.
        signal.throwIfAborted();
        if (!isMissing(error) && !isArchived(error)) throw error;
      }
    }
    return this.#copyFromSource(entry);
  }

  /** A copy within the store, or, where the destination cannot read the source, through us. */
  async #copyFromSource(entry: Entry): Promise<CopyResult> {
    const { source, destination, hasOtherCredentials = false, signal } = this.#dependencies;
    await checkNullVersion(entry, source);
    if (this.#isThroughUs || source.endpoint !== destination.endpoint) return this.#copyThroughUs(entry);
    try {
      return await this.#copyFrom(source.name, entry.key, entry);
    } catch (error) {
      signal.throwIfAborted();
      const isDenied = error instanceof BackupError && error.code === 'ACCESS_DENIED';
      if (!hasOtherCredentials || !isDenied) throw error;
      const made = await this.#copyThroughUs(entry);
      // It is these credentials, then, and not this key.
      this.#isThroughUs = true;
      return made;
    }
  }

  async #copyThroughUs(entry: Entry): Promise<CopyResult> {
    const { source, destination, signal } = this.#dependencies;
    const { key: sourceKey, versionId, sizeBytes } = entry;
    const placement = await placementOf(entry, this.#options, source);
    const ifMatch = versionId === NULL_VERSION_ID ? { ifMatchEtag: entry.etag } : {};
    const content = await source.read(sourceKey, versionId, { sizeBytes, ...ifMatch, signal });
    // A count that the server leaves out does not say that there are none.
    const tags = content.head.tagCount === 0 ? {} : await source.tags(sourceKey, versionId);
    const key = this.#options.toPrefix + sourceKey;
    const put = { key, content, sizeBytes, tags, placement };
    return destination.putFrom({ ...put, ...this.#uploadsOf(key), signal });
  }

  async #copyFrom(bucket: string, sourceKey: string, entry: Entry): Promise<CopyResult> {
    const { destination, source, signal } = this.#dependencies;
    const key = this.#options.toPrefix + entry.key;
    return destination.copyFrom({
      source: { bucket, key: sourceKey, versionId: entry.versionId },
      key,
      sizeBytes: entry.sizeBytes,
      partsAboveBytes: this.#options.partsAboveBytes,
      placement: await placementOf(entry, this.#options, source),
      ...(entry.versionId === NULL_VERSION_ID && { ifMatchEtag: entry.etag }),
      ...this.#uploadsOf(key),
      signal,
    });
  }

  #uploadsOf(key: string): { onUpload: (id: string) => void; onUploadEnd: (id: string) => void } {
    return {
      onUpload: (id) => this.#journal?.noteUpload({ id, key }),
      onUploadEnd: (id) => this.#journal?.forgetUpload(id),
    };
  }

  /** @param isWhole it has the ACL that was asked for: else a comparison would find it different for ever */
  async #note(entry: Entry, key: string, made: CopyResult, isWhole: boolean): Promise<void> {
    const identity = madeIdentity(made);
    if (identity === undefined || this.#journal === undefined) return;
    const isProvable = isWhole && made.etag === entry.etag;
    await this.#journal.noteCopy({ key, source: this.#sourceIdentity(entry), made: identity, isProvable });
  }

  #sourceIdentity(entry: Entry): string {
    return sourceIdentity(entry) + carryIdentity(this.#options);
  }
}

async function* noPages(): AsyncGenerator<VersionPage> {
  // A bucket that is still to be made holds nothing.
}

export function bucketIdentity({ endpoint, name }: { endpoint: string; name: string }): string {
  return `bucket ${name} at ${endpoint === '' ? 'Amazon S3' : endpoint}`;
}

/** Undefined where the server says too little to know the copy again. */
function madeIdentity({ versionId, etag, lastModifiedMs }: CopyResult): string | undefined {
  if (versionId !== undefined && versionId !== NULL_VERSION_ID) return versionId;
  return etag === '' || lastModifiedMs === undefined
    ? undefined
    : unversionedIdentity({ etag, lastModifiedMs });
}

function unversionedIdentity({ etag, lastModifiedMs }: { etag: string; lastModifiedMs: number }): string {
  return `${etag} ${Math.floor(lastModifiedMs / 1000)}`;
}

function isArchived(error: unknown): boolean {
  return (
    error instanceof BackupError && error.cause instanceof Error && error.cause.name === 'InvalidObjectState'
  );
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof BackupError && error.cause instanceof Error ? error.cause.name : '';
  return cause === 'NoSuchVersion' || cause === 'NoSuchKey' || cause === 'NotFound';
}
