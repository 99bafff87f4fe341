/** An operator's machine for a test: a configuration file and a SnapshotsDir of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, runCommand, type CommandOptions, type CommandResult } from './command.ts';
import { watchDeletions } from './deletion-guard.ts';

export interface SiteOptions {
  endpoint: string;
  master: string;
  slave: string;
  /** Fields of the backup set that differ from the usual ones; undefined takes one away. */
  set?: Record<string, unknown>;
  top?: Record<string, unknown>;
}

export class Site {
  readonly folder: string;
  readonly snapshotsDir: string;
  readonly configPath: string;
  readonly #options: SiteOptions;

  constructor(folder: string, options: SiteOptions) {
    this.folder = folder;
    this.snapshotsDir = join(folder, 'snapshots');
    this.configPath = join(folder, 'backup-my-bucket.conf');
    this.#options = options;
    mkdirSync(folder, { recursive: true });
    this.configure({});
  }

  /** Writes the configuration file anew with other fields of the set. */
  configure(set: Record<string, unknown>): void {
    const { endpoint, master, slave, top } = this.#options;
    const config = {
      LogLevel: 0,
      ...top,
      BackupSet: {
        SnapshotsDir: this.snapshotsDir,
        CompressSnapshots: true,
        MinimumRedundancy: 1,
        RetentionPolicy: 30,
        MasterBucket: master,
        MasterRegion: 'us-east-1',
        MasterEndpoint: endpoint,
        SlaveBucket: slave,
        SlaveRegion: 'us-east-1',
        SlaveEndpoint: endpoint,
        ForcePathStyle: true,
        AccessKey: 'test',
        SecretKey: 'testsecret',
        ...this.#options.set,
        ...set,
      },
    };
    writeFileSync(this.configPath, JSON.stringify(config, null, 2), { mode: 0o600 });
  }

  loseCatalogue(): void {
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(join(this.snapshotsDir, `catalogue.sqlite${suffix}`), { force: true });
    }
  }

  async run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const assertNoneIsNamed = watchDeletions(this.#options.endpoint, this.snapshotsDir);
    const result = await runCommand([...args, '--config', this.configPath], options);
    assertNoneIsNamed();
    return result;
  }

  /** Runs with `--json`; has to end with `code`. */
  async json<T>(args: readonly string[], code = 0): Promise<T> {
    const result = await this.run([...args, '--json']);
    return parseJson<T>(args, result, code);
  }
}
