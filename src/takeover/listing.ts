/** One listing of all versions of the bucket, kept in a file for as many old snapshots as there are. */
import type { Entry } from '../index/entry.ts';
import type { Observer } from '../observer.ts';
import type { VersionPage } from '../s3/types.ts';
import { Spool } from '../spool.ts';

export interface ListedBucket {
  listVersions(listing: object, options: { signal: AbortSignal }): AsyncIterable<VersionPage>;
}

type Packed = [string, string, number, number, string, string];

export class KeptListing {
  readonly #spool: Spool<Packed>;

  private constructor(spool: Spool<Packed>) {
    this.#spool = spool;
  }

  /**
   * @param name of the file, unique among the runs in this folder
   * @throws what the listing throws; BackupError SNAPSHOTS_DIR
   */
  static async of(
    bucket: ListedBucket,
    place: { snapshotsDir: string; name: string },
    { observer, signal }: { observer: Observer; signal: AbortSignal },
  ): Promise<KeptListing> {
    const spool = await Spool.create<Packed>(place.snapshotsDir, place.name);
    let versions = 0;
    try {
      for await (const page of bucket.listVersions({}, { signal })) {
        signal.throwIfAborted();
        const objects = page.versions.filter(({ isDeleteMarker }) => !isDeleteMarker);
        await spool.add(
          objects.map((each): Packed => {
            const { key, versionId, sizeBytes, lastModifiedMs, etag, storageClass } = each;
            return [key, versionId, sizeBytes, lastModifiedMs, etag, storageClass];
          }),
        );
        versions += page.versions.length;
        observer.progress({ phase: 'listing', done: versions, unit: 'versions' });
      }
      await spool.flush();
      return new KeptListing(spool);
    } catch (error) {
      await spool.remove();
      throw error;
    }
  }

  /** By key. */
  async *entries(): AsyncGenerator<Entry> {
    for await (const [key, versionId, sizeBytes, lastModifiedMs, etag, storageClass] of this.#spool.items())
      yield { key, versionId, sizeBytes, lastModifiedMs, etag, storageClass };
  }

  async remove(): Promise<void> {
    await this.#spool.remove();
  }
}
