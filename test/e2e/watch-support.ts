/** A directory, a bucket, and the built command that watches. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCommand, type CommandResult } from '../support/command.ts';
import { tempDir } from '../support/temp-dir.ts';
import { contentsBelow } from './storm.ts';

export const quietMs = 1000;
const timeLimitMs = 120_000;
const pollMs = 300;

export interface Watched {
  root: string;
  configPath: string;
  /** MD5 of what is current, by key. */
  live: () => Promise<Map<string, string>>;
}

export function watchedFolder(
  t: TestContext,
  endpoint: string,
  bucket: string,
  live: Watched['live'],
  site: Record<string, unknown> = {},
): Watched {
  const folder = tempDir(t);
  const root = join(folder, 'data');
  mkdirSync(root);
  const configPath = join(folder, 'backup-my-bucket.conf');
  const config = {
    LogLevel: 1,
    StateDir: join(folder, 'state'),
    Sites: [
      {
        Name: 'data',
        Path: root,
        Bucket: bucket,
        Region: 'us-east-1',
        Endpoint: endpoint,
        AccessKey: 'test',
        SecretKey: 'testsecret',
        RetireDeleted: true,
        WatchIntervalMs: quietMs,
        ...site,
      },
    ],
  };
  writeFileSync(configPath, JSON.stringify(config), { mode: 0o600 });
  return { root, configPath, live };
}

export interface RunningWatch {
  child: ChildProcess;
  ended: Promise<CommandResult>;
  /** Resolves once it has begun to watch. */
  begun: Promise<void>;
  /** @returns how it ended */
  stop(signal?: NodeJS.Signals): Promise<CommandResult>;
}

export function startWatch(
  t: TestContext,
  { configPath }: Watched,
  flags: readonly string[] = [],
): RunningWatch {
  let child: ChildProcess | undefined;
  const ended = runCommand(['watch', '--metrics-port', '0', ...flags, '--config', configPath], {
    onStart: (process) => (child = process),
  });
  assert.ok(child !== undefined);
  const running = child;
  const begun = new Promise<void>((resolve) => {
    let log = '';
    running.stderr?.on('data', (text: string) => {
      log += text;
      if (log.includes('serving metrics')) resolve();
    });
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<CommandResult> => {
    running.kill(signal);
    return ended;
  };
  t.after(() => stop('SIGKILL'));
  return { child: running, ended, begun, stop };
}

/**
 * To be called when nothing changes in the directory any more.
 * @param requests how many there were so far: while more come, the server, which is in this process, has better to do than to be looked at
 * @returns how long it took until the last of them, in milliseconds
 */
export async function untilEqual(
  { root, live }: Watched,
  watch?: RunningWatch,
  requests: () => number = () => 0,
): Promise<number> {
  const startMs = performance.now();
  let early: CommandResult | undefined;
  void watch?.ended.then((result) => (early = result));
  let wanted: Map<string, string> | undefined;
  let [last, lastMs] = [requests(), startMs];
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    assert.ok(early === undefined, `the watch has ended: ${early?.code} ${early?.stderr}`);
    assert.ok(performance.now() - startMs < timeLimitMs, 'there is no end of requests');
    if (requests() !== last) {
      [last, lastMs] = [requests(), performance.now()];
      continue;
    }
    // A watch rests while it waits for files to be quiet.
    if (last > 0 && performance.now() - lastMs < 2 * quietMs) continue;
    wanted ??= await contentsOf(root);
    const difference = differenceOf(wanted, await live());
    // While it was looked at there may have been more.
    if (difference === undefined && requests() === last) return lastMs - startMs;
    assert.ok(
      difference === undefined || performance.now() - startMs < timeLimitMs,
      `bucket and directory stay different: ${difference}`,
    );
  }
}

/** MD5s, by path. */
async function contentsOf(root: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const [path, text] of await contentsBelow(root))
    contents.set(path, createHash('md5').update(text).digest('hex'));
  return contents;
}

function differenceOf(
  wanted: ReadonlyMap<string, string>,
  held: ReadonlyMap<string, string>,
): string | undefined {
  for (const [key, md5] of wanted)
    if (held.get(key) !== md5) return `${key} is ${held.has(key) ? 'another' : 'missing'}`;
  for (const key of held.keys()) if (!wanted.has(key)) return `${key} is too much`;
  return undefined;
}
