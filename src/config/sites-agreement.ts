/**
 * What the fields of sites must be to each other. Works on the document as it was read, as agreement.ts does. Sites that overlap in a
 * bucket would take each other's objects for files that are gone, and delete them.
 */
import { resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { Glob } from '../glob.ts';
import { asFolder } from './convert-site.ts';
import { fieldPath, isObject } from './field-path.ts';

type Fields = Record<string, unknown>;

interface PlacedSite {
  field: string;
  fields: Fields;
}

/** One sentence a problem. @param base relative paths are relative to it */
export function findSiteDisagreements(document: unknown, base: string): string[] {
  const sites = sitesIn(document);
  return [
    ...sites.flatMap((site) => [...oneSource(site), ...oneDestination(site)]),
    ...sites.flatMap((site) => [...forItsSource(site), ...rotation(site), ...pairs(site)]),
    ...names(sites),
    ...overlaps(sites, base),
    ...sites.flatMap((site) => intoItself(site)),
  ];
}

function sitesIn(document: unknown): PlacedSite[] {
  const list = isObject(document) && Array.isArray(document['Sites']) ? (document['Sites'] as unknown[]) : [];
  return list.flatMap((fields, index) =>
    isObject(fields) ? [{ field: fieldPath(['Sites', index]), fields }] : [],
  );
}

function isFolders(fields: Fields): boolean {
  return fields['Folders'] !== undefined || fields['Roots'] !== undefined;
}

function oneSource({ field, fields }: PlacedSite): string[] {
  const sources = [fields['Path'] !== undefined, isFolders(fields), fields['SourceBucket'] !== undefined];
  const count = sources.filter(Boolean).length;
  if (count === 1) return [];
  const expected = 'expected one source: Path, or Folders and Roots, or SourceBucket';
  return [count === 0 ? `${field}.Path is missing: ${expected}` : `${field}: ${expected}; found ${count}`];
}

function oneDestination({ field, fields }: PlacedSite): string[] {
  const hasBucket = fields['Bucket'] !== undefined;
  const isPerFolder = fields['BucketPerFolder'] !== undefined;
  if (hasBucket && isPerFolder) return [`${field}: expected either Bucket or BucketPerFolder; found both`];
  if (!hasBucket && !isPerFolder)
    return [`${field}.Bucket is missing: expected Bucket, or BucketPerFolder beside Folders and Roots`];
  if (isPerFolder && !isFolders(fields))
    return [`${field}.BucketPerFolder: expected Folders or Roots beside it; found neither`];
  return [];
}

const ofBucketSources = [
  'SourceRegion',
  'SourceEndpoint',
  'SourcePrefix',
  'SourceAccessKey',
  'SourceSecretKey',
];
const ofFileSources = ['Symlinks', 'WatchIntervalMs', 'Compare'];

/** A field that would do nothing is a misunderstanding. */
function forItsSource({ field, fields }: PlacedSite): string[] {
  const isBucket = fields['SourceBucket'] !== undefined;
  const misplaced = (isBucket ? ofFileSources : ofBucketSources).filter((name) => isSet(fields[name]));
  const expected = isBucket ? 'only beside Path, Folders or Roots' : 'only beside SourceBucket';
  return misplaced.map((name) => `${field}.${name}: expected ${expected}`);
}

function rotation({ field, fields }: PlacedSite): string[] {
  if (fields['Rotate'] === undefined) return [];
  const problems: string[] = [];
  if (fields['Path'] === undefined) problems.push(`${field}.Rotate: expected only beside Path`);
  if (fields['RetireDeleted'] === false)
    problems.push(`${field}.RetireDeleted: expected true or "tag" beside Rotate, which deletes; found false`);
  if (fields['ModifiedWithinHours'] !== undefined)
    problems.push(`${field}.ModifiedWithinHours: expected not to stand beside Rotate`);
  return problems;
}

function pairs({ field, fields }: PlacedSite): string[] {
  const credentials = [
    ['AccessKey', 'SecretKey'],
    ['SourceAccessKey', 'SourceSecretKey'],
  ] as const;
  return credentials.flatMap(([id, secret]) => {
    if (isSet(fields[id]) === isSet(fields[secret])) return [];
    const [present, absent] = isSet(fields[id]) ? [id, secret] : [secret, id];
    return [
      `${field}.${absent} is missing: expected both ${id} and ${secret}, or neither; found ${present} alone`,
    ];
  });
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '';
}

function names(sites: readonly PlacedSite[]): string[] {
  const first = new Map<unknown, string>();
  return sites.flatMap(({ field, fields }) => {
    const name = fields['Name'];
    const earlier = first.get(name);
    if (name === undefined) return [];
    if (earlier !== undefined)
      return [`${field}.Name: expected a name of its own; found the name of ${earlier}`];
    first.set(name, field);
    return [];
  });
}

/** All keys that a site may write or delete begin with `keys`, in a bucket of this name, in which `{folder}` may stand for any folder. */
interface Scope {
  bucket: string;
  endpoint: string;
  keys: string;
  field: string;
}

function overlaps(sites: readonly PlacedSite[], base: string): string[] {
  const scopes: Scope[] = [];
  return sites.flatMap((site) => {
    const own = scopesOf(site, base);
    const problems = own.flatMap((scope, index) => {
      const other = [...scopes, ...own.slice(0, index)].find((each) => areOverlapping(each, scope));
      if (other === undefined) return [];
      const whose = other.field === scope.field ? 'another of its folders' : other.field;
      return [
        `${scope.field}: expected a part of ${storeOf(scope)} of its own; found one that overlaps with that of ${whose}`,
      ];
    });
    scopes.push(...own);
    return problems.slice(0, 1);
  });
}

function areOverlapping(a: Scope, b: Scope): boolean {
  if (a.endpoint !== b.endpoint || !couldBeOne(a.bucket, b.bucket)) return false;
  return isBeginning(a.keys, b.keys);
}

function storeOf({ bucket, endpoint }: Scope): string {
  return endpoint === '' ? `bucket ${bucket}` : `bucket ${bucket} at ${endpoint}`;
}

/** Whether two names may be that of one bucket, where `{folder}` stands for letters, digits and dashes (bucket-name.ts). */
function couldBeOne(a: string, b: string): boolean {
  const [startA = '', endA] = a.split('{folder}');
  const [startB = '', endB] = b.split('{folder}');
  if (endA === undefined && endB === undefined) return a === b;
  if (endA === undefined) return couldBeOne(b, a);
  if (endB === undefined) {
    const folder = b.slice(startA.length, b.length - endA.length);
    return b === startA + folder + endA && /^[a-z0-9-]+$/.test(folder);
  }
  return isBeginning(startA, startB) && (endA.endsWith(endB) || endB.endsWith(endA));
}

function isBeginning(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function scopesOf({ field, fields }: PlacedSite, base: string): Scope[] {
  const bucket = textOf(fields['Bucket'] ?? fields['BucketPerFolder']);
  const endpoint = endpointOf(fields['Endpoint']);
  const prefix = asFolder(textOf(fields['Prefix']));
  const pattern = literalOf(fields['FilePattern']);
  if (!isFolders(fields)) return [{ bucket, endpoint, field, keys: prefix + pattern }];
  return [...textsOf(fields['Folders']), ...textsOf(fields['Roots'])].map((path) => ({
    bucket,
    endpoint,
    field,
    keys: `${prefix}${resolve(base, path).slice(1)}/`,
  }));
}

/** A source that holds what is written: each run would copy the copies of the one before. */
function intoItself({ field, fields }: PlacedSite): string[] {
  const isSame = fields['SourceBucket'] !== undefined && fields['SourceBucket'] === fields['Bucket'];
  if (!isSame || endpointOf(fields['SourceEndpoint']) !== endpointOf(fields['Endpoint'])) return [];
  const [from, to] = [textOf(fields['SourcePrefix']), asFolder(textOf(fields['Prefix']))];
  if (!isBeginning(from, to)) return [];
  return [`${field}: expected a source outside of what the site writes; found one within`];
}

/** Every key that matches begins with it. */
function literalOf(pattern: unknown): string {
  if (typeof pattern !== 'string') return '';
  try {
    return new Glob(pattern).literalPrefix;
  } catch (error) {
    // The schema says what is wrong with it.
    if (error instanceof BackupError) return '';
    throw error;
  }
}

function endpointOf(value: unknown): string {
  return textOf(value).replace(/\/+$/, '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  return list.filter((each): each is string => typeof each === 'string' && !each.includes('\0'));
}
