/** Prometheus' text format ("Exposition formats", version 0.0.4), as far as it is written and read back here. */

export interface Metric {
  /** Without the program's name. */
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  value: number;
}

const program = 'backup_my_bucket';

/** One sample of each metric, all with the same labels. */
export function formatMetrics(metrics: readonly Metric[], labels: Readonly<Record<string, string>>): string {
  const labelled = Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
  return metrics
    .map(({ name, type, help, value }) => {
      const full = `${program}_${metricName(name)}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}{${labelled}} ${value}\n`;
    })
    .join('');
}

/** The value of a metric in a file of `formatMetrics`; undefined where it has none. */
export function readMetric(text: string, name: string): number | undefined {
  const line = new RegExp(`^${program}_${name}\\{.*\\} (\\S+)$`, 'm').exec(text);
  const value = Number(line?.[1]);
  return Number.isFinite(value) ? value : undefined;
}

/** `versions.deleted`, `durationMs`, `delete-snapshot` as a name may be. */
export function metricName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
