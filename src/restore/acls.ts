/**
 * `--acl`: what is copied gets the ACL of its source (trap 16). It is read before the copy, so that one that cannot be read stops the
 * copy, and set on the version that was made: until then that is its owner's alone, which is the safe way to be wrong.
 */
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import type { Acl, CopyResult } from '../s3/open-bucket.ts';
import { isDefaultAcl, ownedBy } from './acl-grants.ts';
import type { BucketDependencies } from './options.ts';

export class AclCarrier {
  readonly #isWanted: boolean;
  readonly #dependencies: BucketDependencies;
  #isRefused = false;

  constructor(
    { carriesAcl = false }: { carriesAcl?: boolean | undefined },
    dependencies: BucketDependencies,
  ) {
    this.#isWanted = carriesAcl;
    this.#dependencies = dependencies;
  }

  /** Undefined where none is to be set: not asked for, the default one, or a destination that takes none. @throws BackupError */
  async read({ key, versionId }: Entry): Promise<Acl | undefined> {
    if (!this.#isWanted || this.#isRefused) return undefined;
    const acl = await this.#dependencies.source.acl(key, versionId);
    return isDefaultAcl(acl) ? undefined : acl;
  }

  /**
   * @param acl as read from the source
   * @param key in the destination
   * @returns whether what was made has the ACL that was asked for; false where the destination takes none
   * @throws BackupError
   */
  async give(acl: Acl | undefined, key: string, made: CopyResult): Promise<boolean> {
    if (acl === undefined) return !this.#isRefused;
    const { destination, signal } = this.#dependencies;
    try {
      const versionId = made.versionId ?? (await this.#versionOf(key, made));
      const { ownerId } = await destination.acl(key, versionId);
      await destination.putAcl(key, versionId, ownedBy(ownerId, acl));
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!isWithoutAcls(error)) throw error;
      this.#warnOnce();
      return false;
    }
  }

  /** Where the server does not name what it made (trap 33): it is current, unless somebody was faster. */
  async #versionOf(key: string, { etag }: CopyResult): Promise<string | undefined> {
    const { destination } = this.#dependencies;
    const head = await destination.head(key);
    if (head.etag === etag) return head.versionId;
    throw new BackupError(
      'S3_FAILED',
      `Key ${JSON.stringify(key)} in bucket ${destination.name} was written by somebody else before its ACL was set.`,
      { hint: 'Run the command again when nobody writes there.' },
    );
  }

  #warnOnce(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const { destination, observer } = this.#dependencies;
    observer.log.warn(
      'the destination takes no ACLs (object ownership: bucket owner enforced): none are set',
      {
        bucket: destination.name,
      },
    );
  }
}

/** Object ownership "bucket owner enforced". */
function isWithoutAcls(error: unknown): boolean {
  const cause = error instanceof BackupError && error.cause instanceof Error ? error.cause.name : '';
  return cause === 'AccessControlListNotSupported';
}
