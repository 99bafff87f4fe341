/** One bucket as the use cases see it. Importing this loads the SDK: commands do so only when they talk to S3. */
import type { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { getAcl, putAcl } from './acl.ts';
import type { Acl } from './acl.ts';
import type { Placement } from './attributes.ts';
import { bucketExists, bucketVersioning, lifecycleRules, serverTime } from './bucket.ts';
import type { LifecycleRule, VersioningState } from './bucket.ts';
import { ByteBudget } from './byte-budget.ts';
import type { CallOptions } from './call-options.ts';
import { createS3Client, defaultConcurrency, defaultTimeLimits } from './client.ts';
import type { S3Endpoint } from './client.ts';
import { copyMultipart } from './copy-multipart.ts';
import { copyObject } from './copy.ts';
import type { CopyResult } from './copy.ts';
import { createVersionedBucket } from './create-bucket.ts';
import { deleteObject, deleteVersions } from './delete.ts';
import { deleteKeys } from './delete-keys.ts';
import type { KeyFailure } from './delete-keys.ts';
import { S3Failure } from './errors.ts';
import { readVersion } from './get.ts';
import type { ReadOptions, VersionContent } from './get.ts';
import { getTags, headVersion, putTags } from './head.ts';
import type { HeadResult } from './head.ts';
import { listObjectPages } from './list-objects.ts';
import type { ObjectListing } from './list-objects.ts';
import { listVersionPages, listVersionRows } from './list-versions.ts';
import type { ListVersionsOptions } from './list-versions.ts';
import { abortLeftUpload } from './multipart-upload.ts';
import { putBuffer } from './put-buffer.ts';
import { putFile } from './put-file.ts';
import type { FilePut, FilePutOptions } from './put-file.ts';
import { expireNoncurrent } from './put-lifecycle.ts';
import { putStream } from './put-stream.ts';
import type { StreamedPut } from './put-stream.ts';
import { quickCopy } from './quick-copy.ts';
import { QuickLister } from './quick-list.ts';
import { quickPut } from './quick-put.ts';
import type { BufferPut } from './quick-put.ts';
import { QuickWriter } from './quick-write.ts';
import { replicationRules } from './replication.ts';
import type { ReplicationRule } from './replication.ts';
import { requestThaw } from './thaw.ts';
import type { ThawRequest } from './thaw.ts';
import { traceRequests } from './trace.ts';
import type { TracedRequest } from './trace.ts';
import type { DeleteOutcome, ListedObject, ObjectRef } from './types.ts';
import type { VersionListing, VersionPage, VersionToDelete } from './types.ts';
import type { VersionRows } from './version-table.ts';

export type { Acl } from './acl.ts';
export type { CallOptions, LifecycleRule, VersioningState } from './bucket.ts';
export type { Placement, PlacedEncryption } from './attributes.ts';
export type { CopyResult } from './copy.ts';
export type { ReadOptions, VersionContent } from './get.ts';
export type { KeyFailure } from './delete-keys.ts';
export type { FilePut, FilePutOptions } from './put-file.ts';
export type { BufferPut } from './quick-put.ts';
export type { HeadResult } from './head.ts';
export type { ListVersionsOptions } from './list-versions.ts';
export type { ReplicationRule } from './replication.ts';
export type { ThawRequest, ThawTier } from './thaw.ts';
export type {
  DeleteOutcome,
  ListedObject,
  ObjectRef,
  VersionListing,
  VersionPage,
  VersionToDelete,
} from './types.ts';

export interface BucketOptions extends S3Endpoint {
  bucket: string;
  region: string;
  /** Copies of more than this go in parts; 5 GiB, the limit of a single copy, where left out. */
  singleCopyLimitBytes?: number;
  /** Of objects that come through us; larger ones go in parts of it. 16 MiB where left out. */
  partSizeBytes?: number;
  /** Sees every request that is sent. */
  onRequest?: ((request: TracedRequest) => void) | undefined;
}

export interface CopyRequest extends CallOptions {
  source: ObjectRef;
  /** In this bucket. */
  key: string;
  sizeBytes: number;
  placement?: Placement;
  /** Copies of more than this go in parts, also below the limit of a single copy. */
  partsAboveBytes?: number | undefined;
  /** Without quotes. The copy fails with PreconditionFailed when the source is another by now. */
  ifMatchEtag?: string;
  /** Called with the id of a multipart upload once it exists, and once it is an object or removed. */
  onUpload?: (uploadId: string) => void;
  onUploadEnd?: (uploadId: string) => void;
}

/** An object whose content comes from another store. */
export interface PutRequest extends CallOptions, Omit<StreamedPut, 'destination'> {
  /** In this bucket. */
  key: string;
  onUpload?: (uploadId: string) => void;
  onUploadEnd?: (uploadId: string) => void;
}

/** Of objects that come through us, at once. */
const bufferBytes = 256 * 1024 ** 2;
const singleCopyLimitBytes = 5 * 1024 ** 3;

export class Bucket {
  readonly name: string;
  readonly region: string;
  /** Empty for Amazon S3. */
  readonly endpoint: string;

  readonly #client: S3Client;
  readonly #quickCopies: QuickWriter;
  readonly #quickLister: QuickLister;
  readonly #objectLister: QuickLister;
  readonly #quickPuts: QuickWriter;
  readonly #singleCopyLimitBytes: number;
  readonly #partSizeBytes: number | undefined;
  readonly #budget = new ByteBudget(bufferBytes);
  #firstPut: Promise<void> | undefined;

  constructor(options: BucketOptions) {
    this.name = options.bucket;
    this.region = options.region;
    this.endpoint = options.endpoint ?? '';
    this.#client = createS3Client(options);
    if (options.onRequest !== undefined) traceRequests(this.#client, options.onRequest);
    const { concurrency = defaultConcurrency, onRequest } = options;
    const writerOf = (operation: 'PutObject' | 'CopyObject'): QuickWriter =>
      new QuickWriter(this.#client, systemClock, { operation, concurrency, onRequest });
    this.#quickCopies = writerOf('CopyObject');
    this.#quickPuts = writerOf('PutObject');
    const { answerMs: silenceMs } = { ...defaultTimeLimits, ...options.timeLimits };
    const listing = { concurrency, silenceMs, onRequest };
    this.#quickLister = new QuickLister(this.#client, systemClock, listing);
    const ofObjects = { ...listing, operation: 'ListObjectsV2' } as const;
    this.#objectLister = new QuickLister(this.#client, systemClock, ofObjects);
    this.#singleCopyLimitBytes = options.singleCopyLimitBytes ?? singleCopyLimitBytes;
    this.#partSizeBytes = options.partSizeBytes;
  }

  versioning(options?: CallOptions): Promise<VersioningState> {
    return bucketVersioning(this.#client, this.name, options);
  }

  /** The server's clock, in milliseconds since the epoch, to the second. */
  serverTimeMs(options?: CallOptions): Promise<number> {
    return serverTime(this.#client, this.name, options);
  }

  lifecycleRules(options?: CallOptions): Promise<LifecycleRule[]> {
    return lifecycleRules(this.#client, this.name, options);
  }

  replicationRules(options?: CallOptions): Promise<ReplicationRule[]> {
    return replicationRules(this.#client, this.name, options);
  }

  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options?: ListVersionsOptions,
  ): AsyncIterable<VersionPage> {
    return listVersionPages(this.#client, { ...listing, bucket: this.name }, options, this.#quickLister);
  }

  /** The same at a fraction of the cost, for who needs no objects. */
  listVersionRows(
    listing: Omit<VersionListing, 'bucket'>,
    options?: ListVersionsOptions,
  ): AsyncIterable<VersionRows> {
    return listVersionRows(this.#client, { ...listing, bucket: this.name }, options, this.#quickLister);
  }

  /** The current objects, in the order of their keys' UTF-8 bytes. */
  listObjects(
    listing: Omit<ObjectListing, 'bucket'>,
    options: CallOptions = {},
  ): AsyncIterable<readonly ListedObject[]> {
    return listObjectPages(this.#client, { ...listing, bucket: this.name }, options, this.#objectLister);
  }

  /** Throws S3_FAILED where there is no such object or version. */
  async head(key: string, versionId?: string, options?: CallOptions): Promise<HeadResult> {
    const head = await headVersion(this.#client, this.#object(key, versionId), options);
    if (head !== undefined) return head;
    const name = `key ${JSON.stringify(key)}${versionId === undefined ? '' : ` version ${versionId}`}`;
    throw new BackupError('S3_FAILED', `There is no ${name} in bucket ${this.name}.`, {
      hint: 'It was deleted after it was listed. Run the command again.',
      cause: new S3Failure(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', `no ${name}`, 404),
    });
  }

  tags(key: string, versionId?: string, options?: CallOptions): Promise<Record<string, string>> {
    return getTags(this.#client, this.#object(key, versionId), options);
  }

  acl(key: string, versionId?: string, options?: CallOptions): Promise<Acl> {
    return getAcl(this.#client, this.#object(key, versionId), options);
  }

  /** Replaces the ACL of a version. */
  putAcl(key: string, versionId: string | undefined, acl: Acl, options?: CallOptions): Promise<void> {
    return putAcl(this.#client, this.#object(key, versionId), acl, options);
  }

  /** Begins to make an archived version readable; one that is under way is left to itself. */
  thaw(key: string, versionId: string, request: ThawRequest, options?: CallOptions): Promise<void> {
    return requestThaw(this.#client, this.#object(key, versionId), request, options);
  }

  /** The content of a version, taken up again where it breaks off. */
  read(key: string, versionId: string | undefined, options?: ReadOptions): Promise<VersionContent> {
    return readVersion(this.#client, this.#object(key, versionId), systemClock, options);
  }

  /** Copies from any bucket of the same store into this one, with all that belongs to the object (traps 14 to 17). */
  async copyFrom(request: CopyRequest): Promise<CopyResult> {
    const { source, key, sizeBytes, placement, ifMatchEtag, onUpload, onUploadEnd, signal } = request;
    const { partsAboveBytes = Infinity } = request;
    const copy = {
      source,
      destination: { bucket: this.name, key },
      ...(placement === undefined ? {} : { placement }),
      ...(ifMatchEtag === undefined ? {} : { ifMatchEtag }),
    };
    if (sizeBytes <= Math.min(partsAboveBytes, this.#singleCopyLimitBytes)) {
      const quick = await quickCopy(this.#quickCopies, copy, { signal });
      return quick ?? copyObject(this.#client, copy, { signal });
    }
    return copyMultipart(this.#client, copy, { signal, onUpload, onUploadEnd });
  }

  /** Writes an object whose content comes from another store. */
  async putFrom(request: PutRequest): Promise<CopyResult> {
    const { key, signal, onUpload, onUploadEnd, ...put } = request;
    const destination = { bucket: this.name, key };
    const options = {
      signal,
      onUpload,
      onUploadEnd,
      partSizeBytes: this.#partSizeBytes,
      budget: this.#budget,
    };
    return putStream(this.#client, { ...put, destination }, options);
  }

  /** Writes a small object. The others wait for the first, from which is learned how to send them quickly. */
  async putBuffer(put: BufferPut, options: CallOptions = {}): Promise<{ etag: string }> {
    if (this.#firstPut === undefined) {
      const first = putBuffer(this.#client, this.name, put, options);
      this.#firstPut = first.then(
        () => undefined,
        () => undefined,
      );
      return first;
    }
    await this.#firstPut;
    const quick = await quickPut(this.#quickPuts, put, options);
    return quick ?? putBuffer(this.#client, this.name, put, options);
  }

  /** Writes an object out of an open file. @param put its key in this bucket */
  putFile(
    { key, ...put }: Omit<FilePut, 'destination'> & { key: string },
    options: Omit<FilePutOptions, 'clock'> = {},
  ): Promise<{ etag: string }> {
    const whole = { ...put, destination: { bucket: this.name, key } };
    return putFile(this.#client, whole, { ...options, clock: systemClock });
  }

  /** Puts delete markers where the bucket is versioned. One outcome each, in the order given: undefined where it is done. */
  deleteKeys(keys: readonly string[], options?: CallOptions): Promise<(KeyFailure | undefined)[]> {
    return deleteKeys(this.#client, this.name, keys, options);
  }

  /** Replaces the tags of the current version. */
  putTags(key: string, tags: Record<string, string>, options?: CallOptions): Promise<void> {
    return putTags(this.#client, this.#object(key), tags, options);
  }

  /** A lifecycle rule by which noncurrent versions go after so many days, in place of all rules that there are. */
  expireNoncurrent(days: number, options?: CallOptions): Promise<void> {
    return expireNoncurrent(this.#client, this.name, days, options);
  }

  exists(options?: CallOptions): Promise<boolean> {
    return bucketExists(this.#client, this.name, options);
  }

  /** Makes the bucket, with versioning on. @param setUp what comes before that */
  create(options?: CallOptions, setUp?: () => Promise<void>): Promise<void> {
    const isNamed = this.endpoint === '' && this.region !== 'us-east-1';
    return createVersionedBucket(this.#client, this.name, isNamed ? this.region : undefined, options, setUp);
  }

  /** Removes an unfinished multipart upload; no error where it is gone. */
  abortUpload(key: string, uploadId: string, options?: CallOptions): Promise<void> {
    return abortLeftUpload(this.#client, { bucket: this.name, key, uploadId }, options);
  }

  /** Puts a delete marker where the bucket is versioned; removes the object where it is not. */
  deleteObject(key: string, options?: CallOptions): Promise<void> {
    return deleteObject(this.#client, { bucket: this.name, key }, options);
  }

  /** For good. One outcome each, in the order given. */
  deleteVersions(versions: readonly VersionToDelete[], options?: CallOptions): Promise<DeleteOutcome[]> {
    return deleteVersions(this.#client, this.name, versions, options);
  }

  /** Closes the idle connections. */
  close(): void {
    this.#quickCopies.close();
    this.#quickLister.close();
    this.#objectLister.close();
    this.#quickPuts.close();
    this.#client.destroy();
  }

  #object(key: string, versionId?: string): ObjectRef {
    return { bucket: this.name, key, ...(versionId === undefined ? {} : { versionId }) };
  }
}
