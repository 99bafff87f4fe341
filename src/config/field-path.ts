/** Names of places in the configuration file: `BackupSets[1].MasterBucket`. */

export type FieldPath = readonly PropertyKey[];

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function fieldPath(path: FieldPath): string {
  const text = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return plainName.test(String(step)) ? `.${String(step)}` : `[${JSON.stringify(step)}]`;
  });
  return text.join('').replace(/^\./, '');
}

/** What stands at `path`, or undefined where nothing does. */
export function valueAt(document: unknown, path: FieldPath): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
