/** Opens what use cases work with from what the configuration says. The SDK is loaded here, by those who need it. */
import type { BackupSet, BucketLocation } from '../config/config.ts';
import type { Bucket } from '../s3/open-bucket.ts';
import type { RetryLimits } from '../s3/retry.ts';
import type { TracedRequest } from '../s3/trace.ts';
import { SnapshotRepository } from '../snapshots/repository.ts';
import type { Context } from './context.ts';
import { warnOfForeignFolder } from './foreign-folder.ts';

export async function withRepository<T>(
  set: BackupSet,
  { clock, log }: Context,
  options: { create?: boolean },
  work: (repository: SnapshotRepository) => Promise<T>,
): Promise<T> {
  await warnOfForeignFolder(set.snapshotsDir, process.getuid?.(), log);
  const repository = await SnapshotRepository.open({
    snapshotsDir: set.snapshotsDir,
    compress: set.compressSnapshots,
    clock,
    log,
    ...options,
  });
  try {
    return await work(repository);
  } finally {
    repository.close();
  }
}

/**
 * With `AwsLogLevel` 1 each request is a line of the log.
 * @param watch sees every request too
 */
export async function openBucket(
  location: BucketLocation & { retry?: Partial<RetryLimits> },
  concurrency: number,
  { config, log }: Context,
  watch?: (request: TracedRequest) => void,
): Promise<Bucket> {
  const { Bucket } = await import('../s3/open-bucket.ts');
  const isLogged = config.awsLogLevel === 'debug';
  const onRequest = (request: TracedRequest): void => {
    if (isLogged) log.info('request', { ...request });
    watch?.(request);
  };
  const isWatched = isLogged || watch !== undefined;
  return new Bucket({ ...location, concurrency, onRequest: isWatched ? onRequest : undefined });
}
