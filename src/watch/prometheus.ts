/** The figures of watches in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4). */
import type { SiteFigures } from './figures.ts';

interface Metric {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  value: (figures: SiteFigures) => number | undefined;
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

const metrics: readonly Metric[] = [
  { name: 'queue', type: 'gauge', help: 'Changes that wait or are being brought.', value: (f) => f.queue },
  { name: 'batches_in_flight', type: 'gauge', help: 'Batches being brought.', value: (f) => f.inFlight },
  {
    name: 'folders_watched',
    type: 'gauge',
    help: 'Folders whose changes are told.',
    value: (f) => f.watchedFolders,
  },
  {
    name: 'folders_unwatched',
    type: 'gauge',
    help: 'Folders whose changes are found by comparing everything.',
    value: (f) => f.unwatchedFolders,
  },
  {
    name: 'up',
    type: 'gauge',
    help: '1 while nothing stands against it.',
    value: (f) => (f.trouble === '' ? 1 : 0),
  },
  { name: 'events_total', type: 'counter', help: 'Changes that were told.', value: (f) => f.events },
  {
    name: 'events_lost_total',
    type: 'counter',
    help: 'Times when changes may have gone unnoticed.',
    value: (f) => f.lost,
  },
  { name: 'uploaded_total', type: 'counter', help: 'Objects written.', value: (f) => f.uploaded },
  { name: 'uploaded_bytes_total', type: 'counter', help: 'Bytes written.', value: (f) => f.bytes },
  { name: 'deleted_total', type: 'counter', help: 'Objects deleted.', value: (f) => f.deleted },
  { name: 'tagged_total', type: 'counter', help: 'Objects tagged as deleted.', value: (f) => f.tagged },
  { name: 'failures_total', type: 'counter', help: 'Tries that failed.', value: (f) => f.failed },
  {
    name: 'comparisons_total',
    type: 'counter',
    help: 'Comparisons of everything.',
    value: (f) => f.reconciles,
  },
  {
    name: 'last_event_timestamp_seconds',
    type: 'gauge',
    help: 'When a change was told last.',
    value: (f) => seconds(f.lastEventMs),
  },
  {
    name: 'last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When something was last brought or compared.',
    value: (f) => seconds(f.lastSuccessMs),
  },
  {
    name: 'last_comparison_timestamp_seconds',
    type: 'gauge',
    help: 'When everything was last compared.',
    value: (f) => seconds(f.lastReconcileMs),
  },
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
