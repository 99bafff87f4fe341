/** The figures of watches in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4). */
import type { SiteFigures } from './figures.ts';

type Value = (figures: SiteFigures) => number | undefined;

interface Metric {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  value: Value;
}

const gauge = (name: string, help: string, value: Value): Metric => ({ name, type: 'gauge', help, value });
const counter = (name: string, help: string, value: Value): Metric => ({
  name: `${name}_total`,
  type: 'counter',
  help,
  value,
});
const timestamp = (name: string, help: string, ms: Value): Metric =>
  gauge(`${name}_timestamp_seconds`, help, (figures) => {
    const value = ms(figures);
    return value === undefined ? undefined : value / 1000;
  });

const metrics: readonly Metric[] = [
  gauge('queue', 'Changes that wait or are being brought.', (f) => f.queue),
  gauge('batches_in_flight', 'Batches being brought.', (f) => f.inFlight),
  gauge('folders_watched', 'Folders whose changes are told.', (f) => f.watchedFolders),
  gauge(
    'folders_unwatched',
    'Folders whose changes are found by comparing everything.',
    (f) => f.unwatchedFolders,
  ),
  gauge('up', '1 while nothing stands against it.', (f) => (f.trouble === '' ? 1 : 0)),
  counter('events', 'Changes that were told.', (f) => f.events),
  counter('events_lost', 'Times when changes may have gone unnoticed.', (f) => f.lost),
  counter('uploaded', 'Objects written.', (f) => f.uploaded),
  counter('uploaded_bytes', 'Bytes written.', (f) => f.bytes),
  counter('deleted', 'Objects deleted.', (f) => f.deleted),
  counter('tagged', 'Objects tagged as deleted.', (f) => f.tagged),
  counter('failures', 'Tries that failed.', (f) => f.failed),
  counter('comparisons', 'Comparisons of everything.', (f) => f.reconciles),
  timestamp('last_event', 'When a change was told last.', (f) => f.lastEventMs),
  timestamp('last_success', 'When something was last brought or compared.', (f) => f.lastSuccessMs),
  timestamp('last_comparison', 'When everything was last compared.', (f) => f.lastReconcileMs),
];

/** What is not known yet has no line. */
export function prometheusText(sites: readonly SiteFigures[]): string {
  return metrics
    .map(({ name, type, help, value }) => {
      const full = `backup_my_bucket_watch_${name}`;
      const samples = sites.flatMap((figures) => {
        const number = value(figures);
        return number === undefined ? [] : [`${full}{site="${labelValue(figures.site)}"} ${number}\n`];
      });
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.join('')}`;
    })
    .join('');
}

function labelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
