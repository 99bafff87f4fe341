/** The form of `Sites`: what a feeder brings from where to where. What its fields must be to each other is in sites-agreement.ts. */
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import { Glob } from '../glob.ts';
import { accessKey, bucket, endpoint, folder, name, optionalText, region } from './field-schemas.ts';
import { secretKey, wholeNumber, yesOrNo } from './field-schemas.ts';

const mebibyte = 1024 ** 2;
/** What S3 takes as one part, the last one apart (User Guide, "Amazon S3 multipart upload limits"). */
const partBytes = { least: 5 * mebibyte, most: 5 * 1024 * mebibyte };

const foldersExpected = 'a list of paths of folders';
const folders = z.array(folder, foldersExpected).min(1, foldersExpected).optional();

const prefixExpected = 'a beginning of keys, at most 900 characters';
const prefix = z
  .string(prefixExpected)
  .regex(/^[^\0]{0,900}$/, prefixExpected)
  .optional();

const patternedExpected = 'the name of a bucket in which {folder} stands for the name of the folder';
const bucketPerFolder = z
  .string(patternedExpected)
  .regex(/^[a-z0-9.-]*\{folder\}[a-z0-9.-]*$/, patternedExpected)
  .optional();

const excludeExpected = 'a regular expression';
const exclude = z
  .array(z.string(excludeExpected).refine(isExpression, excludeExpected), 'a list of regular expressions')
  .optional();

const globExpected = 'a glob such as *.dump';
const globOfFiles = z.string(globExpected).refine(isGlob, globExpected).optional();

const classExpected = 'the name of a storage class, such as STANDARD_IA';
const storageClass = optionalText(z.string(classExpected).regex(/^[A-Z0-9_]{1,64}$/, classExpected));

export const site = z.strictObject(
  {
    Name: name,
    Path: folder.optional(),
    Folders: folders,
    Roots: folders,
    SourceBucket: bucket.optional(),
    SourceRegion: region.optional(),
    SourceEndpoint: endpoint,
    SourcePrefix: prefix,
    SourceAccessKey: accessKey,
    SourceSecretKey: secretKey,
    Bucket: bucket.optional(),
    BucketPerFolder: bucketPerFolder,
    Prefix: prefix,
    Region: region.optional(),
    Endpoint: endpoint,
    ForcePathStyle: yesOrNo,
    AccessKey: accessKey,
    SecretKey: secretKey,
    StorageClass: storageClass,
    RetireDeleted: z.literal([false, true, 'tag'], 'false, true or "tag"').optional(),
    Exclude: exclude,
    FilePattern: globOfFiles,
    Rotate: wholeNumber('how many files to keep, 1 or more', 1).optional(),
    ChunkSizeBytes: wholeNumber(
      'a number of bytes, 5242880 (5 MiB) to 5368709120 (5 GiB)',
      partBytes.least,
      partBytes.most,
    ).optional(),
    Compare: z.enum(['mtime', 'checksum'], 'the word "mtime" or "checksum"').optional(),
    ModifiedWithinHours: z
      .number('a number of hours above 0')
      .positive('a number of hours above 0')
      .optional(),
    NoncurrentExpirationDays: wholeNumber('a whole number of days, 1 or more', 1).optional(),
    Workers: wholeNumber('a whole number, 1 to 10000', 1, 10_000).optional(),
    WatchIntervalMs: wholeNumber(
      'a number of milliseconds, 100 to 86400000 (a day)',
      100,
      86_400_000,
    ).optional(),
    Symlinks: z.enum(['skip', 'follow', 'store'], 'the word "skip", "follow" or "store"').optional(),
  },
  'an object with Name, Path, Bucket and so on',
);

export type SiteFields = z.infer<typeof site>;

/**
 * A regular expression as JavaScript has them. `(?i)` at its beginning, as other languages write it, makes it blind to case.
 * @throws SyntaxError
 */
export function compileExclude(text: string): RegExp {
  const isBlind = text.startsWith('(?i)');
  return new RegExp(isBlind ? text.slice(4) : text, isBlind ? 'i' : '');
}

function isExpression(text: string): boolean {
  try {
    return text !== '' && compileExclude(text) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function isGlob(text: string): boolean {
  try {
    return new Glob(text).literalPrefix.length >= 0;
  } catch (error) {
    if (error instanceof BackupError) return false;
    throw error;
  }
}
