/**
 * ListObjectVersions as the server wrote it. The SDK sorts versions and delete markers into two lists and so hides their
 * common order (trap 7).
 */
import { Readable } from 'node:stream';
import type { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { SaxesParser } from 'saxes';

export interface RawVersion {
  key: string;
  versionId: string;
  isLatest: boolean;
  isDeleteMarker: boolean;
  lastModified: string;
  etag: string;
  sizeBytes: number;
}

export interface RawPage {
  versions: RawVersion[];
  commonPrefixes: string[];
  isTruncated: boolean;
  nextKeyMarker: string | undefined;
  nextVersionIdMarker: string | undefined;
  xml: string;
}

/** @param forgiveMarkers markers may hold references to characters that XML does not have */
export async function listRawVersions(
  client: S3Client,
  command: ListObjectVersionsCommand,
  forgiveMarkers: boolean,
): Promise<RawPage> {
  let xml = '';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: AsyncIterable<Buffer>; statusCode: number };
      const chunks: Buffer[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      xml = Buffer.concat(chunks).toString('utf8');
      // The SDK's own parser must not stumble over what this one is to judge.
      response.body = Readable.from([Buffer.from(response.statusCode === 200 ? EMPTY_RESULT : xml)]);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'keepRawBody' },
  );
  await client.send(command);
  return parsePage(forgiveMarkers ? withoutBadMarkers(xml) : xml);
}

const EMPTY_RESULT = '<ListVersionsResult></ListVersionsResult>';

function withoutBadMarkers(xml: string): string {
  return xml.replace(/<((?:Next)?KeyMarker)>[^<]*&#x[01][0-9a-f];[^<]*<\/\1>/g, '');
}

/** A strict XML 1.0 parser: it fails on what a conforming client could not read. */
function parsePage(xml: string): RawPage {
  const versions: RawVersion[] = [];
  const commonPrefixes: string[] = [];
  const top: Record<string, string> = {};
  let item: Record<string, string> | undefined;
  const open: string[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    open.push(name);
    text = '';
    if (open.length === 2) item = {};
  });
  parser.on('text', (part) => (text += part));
  parser.on('closetag', ({ name }) => {
    if (open.length === 3 && item !== undefined) item[name] = text;
    else if (open.length === 2) {
      if (name === 'Version' || name === 'DeleteMarker') versions.push(toVersion(name, item ?? {}));
      else if (name === 'CommonPrefixes') commonPrefixes.push(item?.['Prefix'] ?? '');
      else top[name] = text;
    }
    open.pop();
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return {
    versions,
    commonPrefixes,
    isTruncated: top['IsTruncated'] === 'true',
    nextKeyMarker: top['NextKeyMarker'],
    nextVersionIdMarker: top['NextVersionIdMarker'],
    xml,
  };
}

function toVersion(kind: string, item: Record<string, string>): RawVersion {
  return {
    key: item['Key'] ?? '',
    versionId: item['VersionId'] ?? '',
    isLatest: item['IsLatest'] === 'true',
    isDeleteMarker: kind === 'DeleteMarker',
    lastModified: item['LastModified'] ?? '',
    etag: (item['ETag'] ?? '').replaceAll('"', ''),
    sizeBytes: Number(item['Size'] ?? 0),
  };
}
