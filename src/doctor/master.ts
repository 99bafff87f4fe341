/** What can be wrong with the master bucket, and on the way from there to the slave. */
import type { ReplicationRule } from '../s3/open-bucket.ts';
import { fail, fromError, pass, warn, whereAllowed, type Check } from './check.ts';
import type { DoctorBucket } from './bucket.ts';
import { checkArrival } from './arrival.ts';

/** Whether the master can be listed at all; undefined where it is the slave too. */
export async function reachMaster(
  master: DoctorBucket,
  slave: DoctorBucket,
  signal: AbortSignal,
): Promise<Check | undefined> {
  if (isOneBucket(master, slave)) return undefined;
  const id = 'master-list';
  try {
    await master.serverTimeMs({ signal });
    const untested = 'Whether a restore may write there is not checked: that takes a write.';
    return pass(id, `The versions of ${master.name} can be listed. ${untested}`);
  } catch (error) {
    return fromError(id, 'fail', error);
  }
}

function isOneBucket(master: DoctorBucket, slave: DoctorBucket): boolean {
  return master.endpoint === slave.endpoint && master.name === slave.name;
}

/**
 * @param reached by `reachMaster`: where that failed, there is nothing more to ask
 * @param serverMs by the slave's server; undefined where it does not answer
 */
export async function checkMaster(
  master: DoctorBucket,
  slave: DoctorBucket,
  reached: Check | undefined,
  serverMs: number | undefined,
  signal: AbortSignal,
): Promise<Check[]> {
  if (reached === undefined) {
    return [pass('master', `${master.name} is master and slave in one: it keeps its own history.`)];
  }
  const checks: Check[] = master.endpoint === slave.endpoint ? [] : [otherStore(master, slave)];
  checks.push(reached);
  if (reached.status === 'fail') return checks;
  checks.push(...(await whereAllowed('master-versioning', () => checkVersioning(master, signal))));
  let rules: ReplicationRule[] = [];
  checks.push(
    ...(await whereAllowed('replication', async () => {
      rules = (await master.replicationRules({ signal })).filter((rule) => rule.enabled);
      return checkRules(master, slave, rules);
    })),
  );
  if (serverMs === undefined) return checks;
  const [only] = rules.length === 1 ? rules : [];
  const arrival = { prefix: only?.prefix ?? '', bySize: rules.length === 0, nowMs: serverMs };
  checks.push(...(await whereAllowed('replication-lag', () => checkArrival(master, slave, arrival, signal))));
  return checks;
}

function otherStore(master: DoctorBucket, slave: DoctorBucket): Check {
  const name = (endpoint: string): string => (endpoint === '' ? 'Amazon S3' : endpoint);
  return pass(
    'two-stores',
    `Master and slave are in two stores, ${name(master.endpoint)} and ${name(slave.endpoint)}: a restore sends objects through this machine.`,
  );
}

async function checkVersioning(master: DoctorBucket, signal: AbortSignal): Promise<Check[]> {
  const id = 'master-versioning';
  if ((await master.versioning({ signal })) === 'enabled')
    return [pass(id, `Versioning of ${master.name} is on.`)];
  const hint = `aws s3api put-bucket-versioning --bucket ${master.name} --versioning-configuration Status=Enabled`;
  return [
    warn(
      id,
      `Versioning of ${master.name} is not on: a restore cannot be undone there, and replication needs it.`,
      hint,
    ),
  ];
}

/** @param rules that are enabled */
function checkRules(master: DoctorBucket, slave: DoctorBucket, rules: readonly ReplicationRule[]): Check[] {
  const id = 'replication';
  if (rules.length === 0) {
    const message = `${master.name} has no replication rule that is on: something else has to bring its objects to ${slave.name}.`;
    return [warn(id, message, `Replicate ${master.name} to ${slave.name}, unless another program does so.`)];
  }
  const fitting = rules.filter((rule) => rule.destination === slave.name);
  if (fitting.length === 0) {
    const destinations = rules.map((rule) => rule.destination).join(', ');
    const message = `${master.name} is replicated to ${destinations}, not to ${slave.name}.`;
    return [fail(id, message, 'Correct SlaveBucket in the configuration, or the destination of the rule.')];
  }
  const checks: Check[] = [];
  if (!fitting.some((rule) => rule.prefix === '' && !rule.byTag)) {
    const parts = fitting
      .map((rule) => `"${rule.prefix}"${rule.byTag ? ' with certain tags' : ''}`)
      .join(', ');
    const message = `Only a part of ${master.name} is replicated: keys that begin with ${parts}.`;
    checks.push(warn(id, message, 'Replicate all of it, unless the rest need not be protected.'));
  }
  if (!fitting.every((rule) => rule.replicatesDeleteMarkers)) {
    const message = `Delete markers of ${master.name} are not replicated: keys deleted there stay current in ${slave.name} and in snapshots.`;
    checks.push(warn(id, message, 'Set DeleteMarkerReplication to Enabled in the rule.'));
  }
  return checks.length > 0 ? checks : [pass(id, `${master.name} is replicated to ${slave.name}.`)];
}
