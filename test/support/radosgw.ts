/**
 * Suites on a real object store. A radosgw that is running already is used where BMB_RADOSGW_ENDPOINT names it, so
 * that many suites can share one; else one is started for the suite. Where there is none to be had, the suite is skipped
 * with one line that says so; with CI=true that is a failure, because a suite that silently never runs proves nothing.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPTS = join(import.meta.dirname, '../radosgw');
const INSTALL_TIMEOUT_MS = 20 * 60_000;
const START_TIMEOUT_MS = 5 * 60_000;

export interface Radosgw extends AsyncDisposable {
  /** Path-style; the credentials are TEST_CREDENTIALS. */
  endpoint: string;
  stop(): Promise<void>;
}

/** Undefined where radosgw cannot be had. @throws where it could, but does not start */
export async function startRadosgw(): Promise<Radosgw | undefined> {
  const running = process.env['BMB_RADOSGW_ENDPOINT'];
  if (running !== undefined && running !== '') return disposable(running, async () => {});
  if (!(await isAvailable())) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'bmb-radosgw-'));
  const stop = async () => {
    await run(join(SCRIPTS, 'down'), [folder], { timeout: START_TIMEOUT_MS });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { stdout } = await run(join(SCRIPTS, 'up'), [folder], { timeout: START_TIMEOUT_MS });
    return disposable(stdout.trim(), stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A `describe` on radosgw. The suite's body gets the endpoint.
 * @throws where radosgw is missing and CI=true
 */
export async function describeOnRadosgw(title: string, define: (endpoint: string) => void): Promise<void> {
  const radosgw = await startRadosgw();
  if (radosgw === undefined) {
    const line = `SKIPPED, because there is no radosgw here: ${title}`;
    if (process.env['CI'] === 'true') throw new Error(line);
    console.error(`\n*** ${line} ***\n`);
    describe(title, { skip: line }, () => {});
    return;
  }
  after(() => radosgw.stop());
  describe(title, () => define(radosgw.endpoint));
}

function disposable(endpoint: string, stop: () => Promise<void>): Radosgw {
  return { endpoint, stop, [Symbol.asyncDispose]: stop };
}

async function isAvailable(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  try {
    await run(join(SCRIPTS, 'install'), [], { timeout: INSTALL_TIMEOUT_MS });
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}
