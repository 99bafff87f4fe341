/** The YAML file of s3sync-service: settings for all sites, and the sites. */
import { posix } from 'node:path';
import { Fields } from './fields.ts';
import { goDurationMs } from './go-duration.ts';
import { fromGoPattern } from './go-pattern.ts';
import {
  freeName,
  noteTaker,
  siteDocument,
  type Imported,
  type Note,
  type SiteDocument,
} from './imported.ts';
import type { NamedDocument } from './s3rsyncdb.ts';

const defaults = { uploadWorkers: 10, watchIntervalMs: 1000, storageClass: 'STANDARD' };
/** The tool uploads, and computes etags, in parts of this size. */
const chunkSizeBytes = 5 * 1024 ** 2;

interface Shared {
  accessKey: string | undefined;
  secretKey: string | undefined;
  region: string | undefined;
  workers: number;
  watchIntervalMs: number;
}

/** @throws BackupError CONFIG_INVALID for what is wrong in the file */
export function importS3syncService({ file, document }: NamedDocument): Imported {
  const { notes, note } = noteTaker();
  const fields = new Fields(file, document);
  const shared = readShared(fields, note);
  const names = new Set<string>();
  const sites = fields.objects('sites').map((each) => readSite(each, shared, names, note));
  noteUnknown(fields, undefined, note);
  return { sites, notes };
}

function readShared(fields: Fields, note: Note): Shared {
  for (const name of ['upload_queue_buffer', 'checksum_workers', 's3_ops_retries'])
    noteNeedless(fields, name, undefined, note);
  if (fields.text('loglevel') !== undefined) {
    note({
      field: fields.place('loglevel'),
      message:
        'is LogLevel at the top of the configuration file here: 0 warnings and errors, 1 info, 2 debug',
      matters: false,
    });
  }
  const workers = fields.wholeNumber('upload_workers') ?? 0;
  return {
    accessKey: fields.text('access_key'),
    secretKey: fields.text('secret_access_key'),
    region: fields.text('aws_region'),
    workers: workers === 0 ? defaults.uploadWorkers : workers,
    watchIntervalMs: interval(fields) ?? defaults.watchIntervalMs,
  };
}

function readSite(fields: Fields, shared: Shared, names: Set<string>, note: Note): SiteDocument {
  const bucket = fields.requiredText('bucket');
  const folder = (fields.text('bucket_path') ?? '').replace(/^\//, '');
  const name = freeName(fields.text('name') ?? `${bucket}/${folder}`.replace(/\/$/, ''), names);
  const path = fields.requiredText('local_path');
  if (!posix.isAbsolute(path)) throw fields.unusable('local_path', 'an absolute path');
  const credentials = credentialsOf(fields, shared);
  const storageClass = fields.text('storage_class') ?? defaults.storageClass;
  const site = siteDocument({
    Name: name,
    Path: path,
    Bucket: bucket,
    Prefix: prefixOf(folder),
    Region: regionOf(fields, shared, name, note),
    Endpoint: endpointOf(fields),
    // The tool puts the bucket into the host name, whatever the endpoint.
    ForcePathStyle: fields.text('endpoint') === undefined ? undefined : false,
    ...credentials,
    StorageClass: storageClass === defaults.storageClass ? undefined : storageClass,
    RetireDeleted: fields.yesOrNo('retire_deleted') ?? false,
    Exclude: excludesOf(fields, path, name, note),
    ChunkSizeBytes: chunkSizeBytes,
    Workers: shared.workers,
    WatchIntervalMs: interval(fields) ?? shared.watchIntervalMs,
  });
  noteNeedless(fields, 's3_ops_retries', name, note);
  noteUnknown(fields, name, note);
  return site;
}

/** The tool cleans the path and puts one slash after it. */
function prefixOf(folder: string): string | undefined {
  const clean = folder === '' ? '' : posix.normalize(folder).replace(/\/$/, '');
  return clean === '' || clean === '.' ? undefined : `${clean}/`;
}

/** Each falls back to the shared one by itself; a half pair is no credentials to the tool. */
function credentialsOf(fields: Fields, shared: Shared): { AccessKey?: string; SecretKey?: string } {
  const id = fields.text('access_key') ?? shared.accessKey;
  const secret = fields.text('secret_access_key') ?? shared.secretKey;
  return id === undefined || secret === undefined ? {} : { AccessKey: id, SecretKey: secret };
}

function regionOf(fields: Fields, shared: Shared, site: string, note: Note): string {
  const region = fields.text('bucket_region') ?? shared.region;
  if (region !== undefined) return region;
  note({
    site,
    field: fields.place('bucket_region'),
    message:
      'is not given, and came from the environment: us-east-1 is put in its place, correct it where that is wrong',
    matters: true,
  });
  return 'us-east-1';
}

function endpointOf(fields: Fields): string | undefined {
  const endpoint = fields.text('endpoint');
  return endpoint === undefined || /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
}

function interval(fields: Fields): number | undefined {
  const value = fields.raw('watch_interval');
  if (value === undefined) return undefined;
  const ms = goDurationMs(value);
  if (ms === undefined) throw fields.unusable('watch_interval', 'a duration such as 30s or 500ms');
  return ms === 0 ? undefined : ms;
}

/** Inclusions are said as an exclusion: of what none of them matches. */
function excludesOf(fields: Fields, path: string, site: string, note: Note): string[] | undefined {
  const patterns = [...exclusionsOf(fields, path, site, note), ...inclusionsOf(fields, path, site, note)];
  return patterns.length === 0 ? undefined : patterns;
}

function exclusionsOf(fields: Fields, path: string, site: string, note: Note): string[] {
  return fields.texts('exclusions').flatMap((pattern, index) => {
    const field = `${fields.place('exclusions')}[${index}]`;
    const translated = fromGoPattern(pattern);
    if (translated === undefined) {
      const message = 'is a pattern that cannot be said here, and is left out';
      note({ site, field, message, matters: true });
      return [];
    }
    if (isAnchored(translated)) noteAnchored(field, path, site, note);
    return [translated];
  });
}

/** All of them or none: without one of them, what it let in would be left out. */
function inclusionsOf(fields: Fields, path: string, site: string, note: Note): string[] {
  const given = fields.texts('inclusions');
  if (given.length === 0 || given.includes('.*')) return [];
  // A `(?i)` is known at the beginning of the whole alone; what names the path from its root matches nothing below it.
  const isUnsayable = (pattern: string): boolean => /^(?:\(\?i\)|\^)/.test(pattern) || pattern.includes(path);
  const translated = given.map((pattern) => (isUnsayable(pattern) ? undefined : fromGoPattern(pattern)));
  const patterns = translated.filter((pattern) => pattern !== undefined);
  if (patterns.length < given.length) {
    const message =
      'hold a pattern that cannot be said here, so all of them are left out, and everything is brought';
    note({ site, field: fields.place('inclusions'), message, matters: true });
    return [];
  }
  patterns.forEach((pattern, index) => {
    if (isAnchored(pattern)) noteAnchored(`${fields.place('inclusions')}[${index}]`, path, site, note);
  });
  // Of folders, which end with a slash, it says nothing: what they hold may match.
  return [`^(?![\\s\\S]*(?:${patterns.join('|')}))[\\s\\S]*[^/]$`];
}

function isAnchored(pattern: string): boolean {
  return /\^|\$|\//.test(pattern);
}

function noteAnchored(field: string, path: string, site: string, note: Note): void {
  note({
    site,
    field,
    message: `is now matched against the path below ${path}, no longer against the whole path: see whether it still says what it should`,
    matters: true,
  });
}

function noteNeedless(fields: Fields, name: string, site: string | undefined, note: Note): void {
  if (fields.raw(name) === undefined) return;
  const message = 'is not needed here: queues, checksums and retries look after themselves';
  note({ ...(site !== undefined && { site }), field: fields.place(name), message, matters: false });
}

function noteUnknown(fields: Fields, site: string | undefined, note: Note): void {
  for (const name of fields.unasked()) {
    const message = 'is not a field that is known here';
    note({ ...(site !== undefined && { site }), field: fields.place(name), message, matters: true });
  }
}
