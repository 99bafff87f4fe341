/** What can be wrong with the slave bucket. */
import { fail, fromError, needed, pass, warn, whereAllowed, type Check } from './check.ts';
import type { ListedVersion } from '../s3/types.ts';
import type { DoctorBucket } from './bucket.ts';

/** Servers refuse requests that are a quarter of an hour off; long before that, snapshots of now are not of now. */
const skewLimitMs = 60_000;

/** @param localMs the local clock */
export async function checkSlave(
  slave: DoctorBucket,
  localMs: () => number,
  signal: AbortSignal,
): Promise<{ checks: Check[]; serverMs: number | undefined }> {
  const id = 'slave-list';
  let serverMs: number;
  try {
    serverMs = await slave.serverTimeMs({ signal });
  } catch (error) {
    // Whatever else there is to ask would fail for the same reason.
    return { checks: [fromError(id, 'fail', error)], serverMs: undefined };
  }
  const checks = [
    pass(id, `The versions of ${slave.name} can be listed.`),
    checkClock(localMs() - serverMs),
    ...(await whereAllowed('slave-versioning', () => checkVersioning(slave, signal))),
    ...(await whereAllowed('slave-lifecycle', () => checkLifecycle(slave, signal))),
    ...(await needed('slave-read', () => checkReading(slave, signal))),
  ];
  return { checks, serverMs };
}

function checkClock(skewMs: number): Check {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= skewLimitMs) return pass('clock', `This machine's clock and the server's agree.`);
  const message = `This machine's clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server's.`;
  return warn('clock', message, "Set this machine's clock (timedatectl, chrony or ntpd).");
}

async function checkVersioning(slave: DoctorBucket, signal: AbortSignal): Promise<Check[]> {
  const id = 'slave-versioning';
  const hint = `aws s3api put-bucket-versioning --bucket ${slave.name} --versioning-configuration Status=Enabled`;
  const state = await slave.versioning({ signal });
  if (state === 'enabled') return [pass(id, `Versioning of ${slave.name} is on.`)];
  if (state === 'off') return [fail(id, `${slave.name} is not versioned: it keeps no history.`, hint)];
  return [
    fail(id, `Versioning of ${slave.name} is suspended: what is written now is overwritten in place.`, hint),
  ];
}

/** Trap 11. */
async function checkLifecycle(slave: DoctorBucket, signal: AbortSignal): Promise<Check[]> {
  const id = 'slave-lifecycle';
  const checks: Check[] = [];
  for (const rule of await slave.lifecycleRules({ signal })) {
    if (!rule.enabled) continue;
    const name = `The lifecycle rule "${rule.id}" of ${slave.name}${rule.prefix === '' ? '' : ` (prefix ${rule.prefix})`}`;
    if (rule.expiresVersions) {
      const after = rule.noncurrentDays === undefined ? '' : ` after ${rule.noncurrentDays} days`;
      const message = `${name} expires noncurrent versions${after}: it destroys what snapshots name.`;
      checks.push(
        fail(id, message, 'Remove NoncurrentVersionExpiration from it: gc deletes what no snapshot needs.'),
      );
    }
    if (rule.expiresCurrent) {
      const message = `${name} expires current versions: keys that the master still has go from later snapshots.`;
      checks.push(warn(id, message, 'Remove Expiration from it, unless the master has the same rule.'));
    }
  }
  return checks.length > 0
    ? checks
    : [pass(id, `No lifecycle rule of ${slave.name} expires what snapshots name.`)];
}

/** What a restore reads of a version. Deleting cannot be tried without doing it. */
async function checkReading(slave: DoctorBucket, signal: AbortSignal): Promise<Check[]> {
  const id = 'slave-read';
  const untested = 'Whether gc may delete is not checked: that takes a deletion.';
  const version = await anyVersion(slave, signal);
  if (version === undefined)
    return [pass(id, `No version was found in ${slave.name} to try to read. ${untested}`)];
  await slave.head(version.key, version.versionId, { signal });
  await slave.tags(version.key, version.versionId, { signal });
  return [pass(id, `Versions of ${slave.name} and their tags can be read. ${untested}`)];
}

async function anyVersion(slave: DoctorBucket, signal: AbortSignal): Promise<ListedVersion | undefined> {
  let pages = 0;
  for await (const page of slave.listVersions({ pageSize: 100 }, { signal })) {
    const version = page.versions.find((each) => !each.isDeleteMarker);
    // A bucket may begin with delete markers only (trap 7); it need not be searched to its end.
    if (version !== undefined || ++pages === 10) return version;
  }
  return undefined;
}
