/** The two JSON files of s3rsyncdb: one with endpoint and keys, one with bucket and backup. Told apart by their fields. */
import { isObject } from '../config/field-path.ts';
import { BackupError } from '../errors.ts';
import { Fields } from './fields.ts';
import { noteTaker, siteDocument, type Imported, type Note } from './imported.ts';

/** What the tool does where its files say nothing. */
const defaults = { chunkSizeBytes: 1024 ** 3, filePattern: '*', rotate: 7, region: 'us-east-1' };

export interface NamedDocument {
  file: string;
  document: unknown;
}

/** @throws BackupError USAGE unless there is one file of each kind; CONFIG_INVALID for what is wrong in one */
export function importS3rsyncdb(documents: readonly NamedDocument[]): Imported {
  const auth = documents.filter(({ document }) => isObject(document) && 'dest_s3_keys' in document);
  const conf = documents.filter(({ document }) => isObject(document) && 'dest_bucket' in document);
  const [authFile, confFile] = [auth[0], conf[0]];
  if (documents.length !== 2 || authFile === undefined || confFile === undefined || authFile === confFile) {
    throw new BackupError('USAGE', 's3rsyncdb has two files: one with dest_s3_keys, one with dest_bucket.', {
      hint: 'Give both, in any order: import-config s3rsyncdb s3_auth.json s3_conf.json.',
    });
  }
  const { notes, note } = noteTaker();
  const destination = readAuth(new Fields(authFile.file, authFile.document), note);
  const site = readConf(new Fields(confFile.file, confFile.document), note);
  return { sites: [siteDocument({ ...site, ...destination })], notes };
}

function readAuth(fields: Fields, note: Note): Record<string, string | undefined> {
  const keys = fields.requiredObject('dest_s3_keys');
  const destination = {
    Region: defaults.region,
    Endpoint: fields.text('dest_endpoint'),
    AccessKey: keys.requiredText('access_key_id'),
    SecretKey: keys.requiredText('secret_access_key'),
  };
  noteUnknown([fields, keys], note);
  return destination;
}

function readConf(fields: Fields, note: Note): Parameters<typeof siteDocument>[0] & { Name: string } {
  const backup = fields.requiredObject('backup');
  const rotate = backup.wholeNumber('rotate_lvl') ?? defaults.rotate;
  if (rotate === 0) throw backup.unusable('rotate_lvl', '1 or more: 0 would delete every dump');
  const prefix = backup.text('dest_prefix');
  const bucket = fields.requiredText('dest_bucket');
  const pattern = backup.text('file_pattern') ?? defaults.filePattern;
  const site = {
    Name: prefix ?? bucket,
    Path: backup.requiredText('directory'),
    // A backslash is nothing special to the tool.
    FilePattern: pattern.replaceAll('\\', '\\\\'),
    Exclude: excludesFor(pattern),
    Rotate: rotate,
    Bucket: bucket,
    // The tool puts a slash between, also after one that is there.
    Prefix: prefix === undefined ? undefined : `${prefix}/`,
    ChunkSizeBytes: fields.wholeNumber('chunk_size') ?? defaults.chunkSizeBytes,
    RetireDeleted: true,
  };
  if (prefix === undefined) noteNoPrefix(site.Name, backup.place('dest_prefix'), note);
  note({
    site: site.Name,
    field: backup.place('rotate_lvl'),
    message:
      'newest is decided by the name, as dumps with dates in their names have it; the last versions of s3rsyncdb went by the time of the file',
    matters: true,
  });
  note({
    site: site.Name,
    field: backup.place('directory'),
    message: 'empty dumps are kept and counted like others; s3rsyncdb deleted them',
    matters: true,
  });
  noteUnknown([fields, backup], note);
  return site;
}

/** All of the bucket belongs to the site then, so that what is there besides would be deleted. */
function noteNoPrefix(site: string, field: string, note: Note): void {
  const message =
    'is not given: the site has the bucket to itself, and objects there that match the pattern are deleted where there is no such file';
  note({ site, field, message, matters: true });
}

/** To the tool, `*` stops at slashes, and does not begin with the dot of a hidden file. */
function excludesFor(pattern: string): string[] | undefined {
  const excludes = [...(pattern.includes('/') ? [] : ['/']), ...(/^[*?[]/.test(pattern) ? ['^\\.'] : [])];
  return excludes.length === 0 ? undefined : excludes;
}

function noteUnknown(groups: readonly Fields[], note: Note): void {
  for (const fields of groups)
    for (const name of fields.unasked())
      note({ field: fields.place(name), message: 'is not a field that is known here', matters: true });
}
