/** A machine with sites for a test: a configuration file, a StateDir and folders of its own. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReportedSiteError } from '../../src/cli/sites.ts';
import type { SiteResult } from '../../src/sync/site-sync.ts';
import { parseJson, runCommand, type CommandOptions, type CommandResult } from './command.ts';

export interface SyncJson {
  sites: (Omit<SiteResult, 'error'> & { error?: ReportedSiteError })[];
  error?: ReportedSiteError;
}

export type Counts = Pick<SyncJson['sites'][number], 'uploaded' | 'same' | 'deleted' | 'failed'>;

export class Feeder {
  readonly folder: string;
  readonly configPath: string;
  readonly stateDir: string;
  readonly #endpoint: string;

  constructor(folder: string, endpoint: string, sites: readonly Record<string, unknown>[]) {
    this.folder = folder;
    this.configPath = join(folder, 'feeder.conf');
    this.stateDir = join(folder, 'state');
    this.#endpoint = endpoint;
    mkdirSync(folder, { recursive: true });
    this.configure(sites);
  }

  /** Writes the configuration file anew. Paths are relative to the folder of the test. */
  configure(sites: readonly Record<string, unknown>[]): void {
    const usual = { Endpoint: this.#endpoint, AccessKey: 'test', SecretKey: 'testsecret' };
    const Sites = sites.map((site) => ({ ...usual, ...site }));
    const config = { LogLevel: 0, StateDir: this.stateDir, Sites };
    writeFileSync(this.configPath, JSON.stringify(config), { mode: 0o600 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Buffer = name, modifiedMs?: number): void {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (modifiedMs !== undefined) utimesSync(path, modifiedMs / 1000, modifiedMs / 1000);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand([...args, '--config', this.configPath], options);
  }

  /** Runs `sync --json`; has to end with `code`. */
  async sync(args: readonly string[] = [], code = 0, options: CommandOptions = {}): Promise<SyncJson> {
    const whole = ['sync', ...args, '--json'];
    return parseJson<SyncJson>(whole, await this.run(whole, options), code);
  }

  /** What the only site did. */
  async one(args: readonly string[] = [], code = 0): Promise<SyncJson['sites'][number]> {
    const [site] = (await this.sync(args, code)).sites;
    if (site === undefined) throw new Error('no site was synced');
    return site;
  }
}

export function countsOf({ uploaded, same, deleted, failed }: Counts): Counts {
  return { uploaded, same, deleted, failed };
}
