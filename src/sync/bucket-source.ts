/**
 * A bucket as a source: its current objects, copied inside the store where the destination can read them there, else through this machine.
 * With content come content headers, metadata, tags and storage class. A copy is a new version of its own: S3 sets neither the version id nor
 * the time of what it copies, so the history of the source does not come over.
 */
import { BackupError } from '../errors.ts';
import { hasSameMetadata } from '../restore/same-metadata.ts';
import type { ListedObject } from '../s3/open-bucket.ts';
import type { Brought, DestinationBucket, DestinationEntry, SourceBucket } from './destination.ts';
import { s3NameOf } from './problem.ts';
import { changedError, vanishedError } from './read-file.ts';
import type { Scope } from './scope.ts';
import type { BringOptions, Compared, Source, SourceEntry, SourceWatch } from './source.ts';

export interface BucketSourceOptions {
  bucket: SourceBucket;
  /** A beginning of keys; what follows it in a key is the relative key. */
  prefix: string;
  scope: Scope;
  /** For all copies; undefined: that of the source. */
  storageClass: string | undefined;
  /** The destination is written with other credentials, which may not be allowed to read the source. */
  hasOtherCredentials: boolean;
}

/** How often an object that is overwritten between its listing and its copy is tried. */
const attempts = 4;

export class BucketSource implements Source {
  readonly name: string;
  readonly met: readonly string[] = [];
  readonly #options: BucketSourceOptions;
  /** The destination was found unable to read the source. */
  #isThroughUs = false;

  constructor(options: BucketSourceOptions) {
    this.name = `s3://${options.bucket.name}/${options.prefix}`;
    this.#options = options;
  }

  async identify(): Promise<void> {
    const { bucket } = this.#options;
    if (await bucket.exists()) return;
    throw new BackupError('REFUSED', `The source bucket ${bucket.name} is not there.`, {
      hint: 'Check SourceBucket, SourceRegion and SourceEndpoint in the configuration.',
    });
  }

  concerns(): boolean {
    return true;
  }

  hasStill(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** @throws what the listing throws: a part that was not listed is never taken for one that is gone */
  async *entries(under: string, watch: SourceWatch, signal: AbortSignal): AsyncGenerator<SourceEntry[]> {
    const { bucket, prefix, scope } = this.#options;
    for await (const page of bucket.listObjects({ prefix: prefix + under }, { signal })) {
      const entries: SourceEntry[] = [];
      for (const { key: whole, sizeBytes, lastModifiedMs, etag, storageClass } of page) {
        const key = whole.slice(prefix.length);
        if (key === '') {
          const message = `${whole} is named as the prefix is: nothing would be left of its key.`;
          watch.skipped({ key, code: 'NO_KEY', message });
        } else if (scope.covers(key)) {
          entries.push(entryOf(key, { sizeBytes, lastModifiedMs, etag, storageClass }));
        }
      }
      yield entries;
    }
  }

  async look(key: string, watch: SourceWatch): Promise<SourceEntry | undefined> {
    try {
      return entryOf(key, await this.#options.bucket.head(this.#options.prefix + key));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      if (s3NameOf(error) === 'NoSuchKey') return undefined;
      watch.failed({ key, code: s3NameOf(error), message: error.message });
      return { key, sizeBytes: 0, modifiedMs: 0, changedMs: 0, isSkipped: true };
    }
  }

  /** A rewrite of metadata alone leaves the etag as it is (trap 14): where the etag is the same and the time is not, both are asked. */
  async compare(
    entry: SourceEntry,
    object: DestinationEntry,
    knownEtag: string | undefined,
    objectKey: string,
    to: DestinationBucket,
  ): Promise<Compared> {
    const { bucket, prefix, storageClass } = this.#options;
    const { etag: contentEtag = '' } = entry;
    if (contentEtag !== (knownEtag ?? object.etag)) return { isSame: false };
    const source = { key: prefix + entry.key };
    const options = { storageClass, isContentKnown: knownEtag !== undefined };
    const isSame = await hasSameMetadata(source, objectKey, options, bucket, to);
    return { isSame, contentEtag, isAnswered: true };
  }

  async bring(
    listed: SourceEntry,
    toKey: string,
    to: DestinationBucket,
    options: BringOptions,
  ): Promise<Brought> {
    let entry = listed;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        return await this.#copy(entry, toKey, to, options);
      } catch (error) {
        options.signal.throwIfAborted();
        if (!(error instanceof BackupError) || !isOfChange(error)) throw error;
        entry = await this.#lookAgain(entry.key);
      }
    }
    throw changedError(this.name + listed.key);
  }

  close(): void {
    this.#options.bucket.close();
  }

  async #lookAgain(key: string): Promise<SourceEntry> {
    try {
      return entryOf(key, await this.#options.bucket.head(this.#options.prefix + key));
    } catch (error) {
      if (error instanceof BackupError && s3NameOf(error) === 'NoSuchKey')
        throw vanishedError(this.name + key, error);
      throw error;
    }
  }

  async #copy(
    entry: SourceEntry,
    key: string,
    to: DestinationBucket,
    { storageClass = entry.storageClass, signal, onUpload, onUploadEnd }: BringOptions,
  ): Promise<Brought> {
    const { bucket, prefix, hasOtherCredentials } = this.#options;
    const { sizeBytes, modifiedMs, changedMs, etag: contentEtag = '' } = entry;
    const known = { contentEtag, read: { sizeBytes, modifiedMs, changedMs } };
    const request = { key, sizeBytes, placement: { storageClass }, signal, onUpload, onUploadEnd };
    if (!this.#isThroughUs && bucket.endpoint === to.endpoint) {
      try {
        const source = { bucket: bucket.name, key: prefix + entry.key };
        const { etag } = await to.copyFrom({ ...request, source, ifMatchEtag: contentEtag });
        return { etag, sentBytes: 0, ...known };
      } catch (error) {
        const isDenied = error instanceof BackupError && error.code === 'ACCESS_DENIED';
        if (!hasOtherCredentials || !isDenied) throw error;
      }
    }
    const { etag } = await to.putFrom({ ...request, ...(await this.#read(entry, signal)) });
    // It is these credentials, then, and not this key.
    this.#isThroughUs = true;
    return { etag, sentBytes: sizeBytes, ...known };
  }

  async #read({ key, sizeBytes, etag: ifMatchEtag = '' }: SourceEntry, signal: AbortSignal) {
    const { bucket, prefix } = this.#options;
    const content = await bucket.read(prefix + key, undefined, { sizeBytes, ifMatchEtag, signal });
    // A count that the server leaves out does not say that there are none.
    const tags = content.head.tagCount === 0 ? {} : await bucket.tags(prefix + key, undefined, { signal });
    return { content, tags };
  }
}

/** Times to the second: some stores list milliseconds, and HEAD never has any. */
function entryOf(
  key: string,
  { sizeBytes, lastModifiedMs, etag, storageClass }: Omit<ListedObject, 'key'>,
): SourceEntry {
  const modifiedMs = Math.floor(lastModifiedMs / 1000) * 1000;
  return { key, sizeBytes, modifiedMs, changedMs: modifiedMs, etag, storageClass };
}

/** The object is another by now, or gone. */
function isOfChange(error: BackupError): boolean {
  return /^(PreconditionFailed|NoSuchKey|NoSuchVersion|412|404)$/.test(s3NameOf(error));
}
