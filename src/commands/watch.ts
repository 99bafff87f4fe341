import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { concurrencyFlag } from '../cli/flags.ts';
import { chosenSites, refuseSet, siteDependencies, sitesArg, warnOfExpiry } from '../cli/sites.ts';
import { openSite } from '../sync/open-site.ts';
import { serveMetrics } from '../watch/metrics-server.ts';
import { watchDefaults, watchRetryLimits } from '../watch/options.ts';
import { prometheusText } from '../watch/prometheus.ts';
import { watchSites } from '../watch/watch.ts';

const minuteMs = 60_000;

export default class Watch extends BaseCommand {
  static override summary = 'Sync, then follow changes until stopped.';
  static override description =
    'Compares everything first, then brings what changes once it is quiet, for as long as WatchIntervalMs says. Compares everything again every so often, and whenever changes may have gone unnoticed. Waits while the network or the store is away. Stop it with Ctrl-C or SIGTERM; what it has not brought by then, it finds when it is started again.';
  static override examples = [
    '<%= config.bin %> watch',
    '<%= config.bin %> watch photos --metrics-port 9350',
    '<%= config.bin %> watch network-share --poll 60',
  ];

  static override args = { sites: sitesArg };

  static override flags = {
    poll: Flags.integer({
      summary:
        'Compare everything so often instead of following changes, for file systems that tell of none, as those of other machines.',
      helpValue: 'SECONDS',
      min: 1,
    }),
    'reconcile-minutes': Flags.integer({
      summary: 'How often everything is compared all the same.',
      helpValue: 'N',
      min: 1,
      default: watchDefaults.reconcileEveryMs / minuteMs,
    }),
    'max-delete': Flags.integer({
      summary:
        'Refuse to delete or tag more than this between two comparisons; what is refused is tried again with the next one.',
      helpValue: 'N',
      min: 0,
    }),
    yes: Flags.boolean({
      char: 'y',
      summary: 'Delete also where more than half of the objects of a site or folder go.',
      default: false,
    }),
    'health-minutes': Flags.integer({
      summary: 'How often the log gets a line that says how it goes.',
      helpValue: 'N',
      min: 1,
      default: watchDefaults.healthEveryMs / minuteMs,
    }),
    'metrics-port': Flags.integer({
      summary: 'Serve figures to Prometheus on this port of 127.0.0.1, at /metrics.',
      helpValue: 'PORT',
      min: 0,
      max: 65_535,
    }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<never> {
    const { args, flags } = await this.parse(Watch);
    refuseSet(flags.set);
    return this.inContext(
      flags,
      async (context) => {
        const { config, clock, observer, signal, log } = context;
        const sites = chosenSites(config, args.sites);
        for (const site of sites) warnOfExpiry(context, site);
        const dependencies = siteDependencies(context, flags.concurrency, watchRetryLimits);
        let metrics = (): string => '';
        const server =
          flags['metrics-port'] === undefined
            ? undefined
            : await serveMetrics(flags['metrics-port'], () => metrics());
        if (server !== undefined)
          log.info('serving metrics', { url: `http://127.0.0.1:${server.port}/metrics` });
        try {
          return await watchSites(
            sites,
            {
              reconcileEveryMs: flags['reconcile-minutes'] * minuteMs,
              pollEveryMs: flags.poll === undefined ? undefined : flags.poll * 1000,
              maxDelete: flags['max-delete'],
              mayDeleteMost: flags.yes,
              healthEveryMs: flags['health-minutes'] * minuteMs,
            },
            {
              open: (site) => openSite(site, dependencies),
              clock,
              observer: { log: observer.log, progress: () => undefined },
              signal,
              onStart: (figures) => (metrics = () => prometheusText(figures)),
              onHealth: async (figures) => {
                if (config.metrics === undefined) return;
                const { recordQueue } = await import('../metrics/record.ts');
                await recordQueue(config.metrics, figures, clock.nowMs(), log);
              },
            },
          );
        } finally {
          await server?.close();
        }
      },
      'Start it again: it compares everything first, and so loses nothing.',
    );
  }
}
