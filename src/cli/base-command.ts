import { Command, Flags } from '@oclif/core';
import type { LogLevel } from '../config/config.ts';
import { withContext, type CommonFlags, type Context } from './context.ts';

/** The flags that every command takes, its context, and errors left to the one place that reports them. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  /** Whether the command only shows what there is: its runs stand in the log with `debug` only. */
  static readonly isReadOnly: boolean = false;

  static override baseFlags = {
    config: Flags.string({
      char: 'c',
      summary: 'Configuration file.',
      helpValue: 'PATH',
      helpGroup: 'GLOBAL',
    }),
    set: Flags.string({
      summary: 'Backup set, where the configuration has several.',
      helpValue: 'NAME',
      helpGroup: 'GLOBAL',
    }),
    quiet: Flags.boolean({
      char: 'q',
      summary: 'Print nothing but what was asked for.',
      default: false,
      helpGroup: 'GLOBAL',
    }),
    'no-progress': Flags.boolean({ summary: 'Show no progress line.', default: false, helpGroup: 'GLOBAL' }),
    'log-level': Flags.option({
      options: ['quiet', 'info', 'debug'] as const satisfies readonly LogLevel[],
      summary: 'Overrides LogLevel of the configuration file.',
      helpGroup: 'GLOBAL',
    })(),
  };

  /** See `withContext`. */
  protected inContext<T>(
    flags: CommonFlags,
    work: (context: Context) => Promise<T>,
    goOnHint?: string,
  ): Promise<T> {
    const { isReadOnly } = this.constructor as typeof BaseCommand;
    const name = (this.id ?? '').replaceAll(':', ' ');
    return withContext({ name, version: this.config.version, isReadOnly }, flags, work, goOnHint);
  }

  /** Plain: oclif's colouring takes a tenth of a second for a thousand snapshots, terminal or not. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }

  /** Left to `main`: oclif's own rendering knows neither our hints nor our exit codes. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
