/** Snapshots are named by their as-of time: `20261121T040000Z`; another one of the same second gets `-2`, `-3`, …. */

interface Names {
  list(): Promise<string[]>;
}

export function nameOf(asOfMs: number): string {
  return new Date(asOfMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

export async function freeName(asOfMs: number, manifests: Names): Promise<string> {
  const taken = new Set(await manifests.list());
  const name = nameOf(asOfMs);
  if (!taken.has(name)) return name;
  let suffix = 2;
  while (taken.has(`${name}-${suffix}`)) suffix += 1;
  return `${name}-${suffix}`;
}
