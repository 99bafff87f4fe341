/** The config.json of matricula-backup: folders, each with a bucket of its own. */
import { posix } from 'node:path';
import { Fields } from './fields.ts';
import {
  freeName,
  noteTaker,
  siteDocument,
  type Imported,
  type Note,
  type SiteDocument,
} from './imported.ts';
import type { NamedDocument } from './s3rsyncdb.ts';

const defaults = { region: 'eu-central-1' };
/** What the tool has no setting for. */
const fixed = { StorageClass: 'DEEP_ARCHIVE', NoncurrentExpirationDays: 180, RetireDeleted: true };
const bucketPrefix = 'images--';

/**
 * @param homeDir for what begins with `~`
 * @throws BackupError CONFIG_INVALID for what is wrong in the file
 */
export function importMatriculaBackup({ file, document }: NamedDocument, homeDir: string): Imported {
  const { notes, note } = noteTaker();
  const fields = new Fields(file, document);
  const aws = fields.requiredObject('aws');
  const backup = fields.requiredObject('backup');
  const absolute = (name: string): string[] => backup.texts(name).map((path) => expand(path, homeDir));
  const groups = groupByParent(absolute('folders'), absolute('roots'));
  const shared = {
    ...fixed,
    Region: aws.text('region') ?? defaults.region,
    AccessKey: aws.requiredText('access_key'),
    SecretKey: aws.requiredText('secret_access_key'),
  };
  const names = new Set<string>();
  const sites = groups.map((group) => siteFor(group, shared, names));
  const notification = fields.object('notification');
  const webhook = notification?.text('webhook');
  if (groups.length > 0) noteBuckets(backup, note);
  for (const each of [fields, aws, backup, ...(notification === undefined ? [] : [notification])])
    for (const name of each.unasked())
      note({ field: each.place(name), message: 'is not a field that is known here', matters: true });
  return { sites, notes, ...(webhook !== undefined && { teamsWebhook: webhook }) };
}

/** Folders with one parent: their buckets' names differ in the folder's own name alone. */
interface Group {
  folders: string[];
  roots: string[];
  /** Of the names of their buckets. */
  bucketBeginning: string;
}

/** The tool names a bucket by the path of its folder below the path that all folders have in common. */
function groupByParent(folders: readonly string[], roots: readonly string[]): Group[] {
  const byParent = new Map<string, { folders: string[]; roots: string[] }>();
  const groupOf = (parent: string): { folders: string[]; roots: string[] } => {
    const group = byParent.get(parent) ?? { folders: [], roots: [] };
    byParent.set(parent, group);
    return group;
  };
  for (const folder of folders) groupOf(posix.dirname(folder)).folders.push(folder);
  for (const root of roots) groupOf(root).roots.push(root);
  const common = commonPath([...byParent.keys()]);
  return [...byParent].map(([parent, group]) => ({
    ...group,
    bucketBeginning: `${bucketPrefix}${parent === common ? '' : `${bucketPart(posix.relative(common, parent))}-`}`,
  }));
}

function commonPath(paths: readonly string[]): string {
  const [first = '/', ...others] = paths.map((path) => path.split('/'));
  const parts = Array.isArray(first) ? first : [first];
  let shared = parts.length;
  for (const other of others) {
    let same = 0;
    while (same < shared && parts[same] === other[same]) same += 1;
    shared = same;
  }
  return parts.slice(0, shared).join('/') || '/';
}

function bucketPart(path: string): string {
  return path.replace(/[^a-zA-Z0-9]/gu, '-').toLowerCase();
}

function siteFor(
  { folders, roots, bucketBeginning }: Group,
  shared: SiteDocument,
  names: Set<string>,
): SiteDocument {
  const wished = posix.basename(roots[0] ?? posix.dirname(folders[0] ?? '/')) || 'images';
  return siteDocument({
    Name: freeName(wished, names),
    Folders: folders.length > 0 ? folders : undefined,
    Roots: roots.length > 0 ? roots : undefined,
    BucketPerFolder: `${bucketBeginning}{folder}`,
    ...shared,
  });
}

function expand(path: string, homeDir: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? posix.join(homeDir, path.slice(1)) : path;
  return posix.resolve('/', expanded);
}

function noteBuckets(backup: Fields, note: Note): void {
  const message =
    'name buckets by the folder here, and by its path below what all folders have in common before: for one folder alone, or where a root held one only, see whether BucketPerFolder gives the bucket that is there';
  note({ field: backup.place('folders'), message, matters: true });
}
