/** A request as the operations see it: decoded, checked and with its whole body. */
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../s3-error.ts';

export interface RequestTarget {
  /** The path as it was sent, which is what was signed. */
  rawPath: string;
  rawQuery: string;
  /** Empty for the service itself. */
  bucket: string;
  /** Empty for a bucket. */
  key: string;
  query: ReadonlyMap<string, string>;
}

export interface S3Request extends RequestTarget {
  method: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  nowMs: number;
}

const MAX_KEY_BYTES = 1024;

/** @throws S3Error InvalidURI, KeyTooLongError */
export function parseTarget(url: string): RequestTarget {
  const queryStart = url.indexOf('?');
  const rawPath = queryStart === -1 ? url : url.slice(0, queryStart);
  const rawQuery = queryStart === -1 ? '' : url.slice(queryStart + 1);
  const keyStart = rawPath.indexOf('/', 1);
  const bucket = decode(rawPath.slice(1, keyStart === -1 ? undefined : keyStart));
  const key = keyStart === -1 ? '' : decode(rawPath.slice(keyStart + 1));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      elements: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return { rawPath, rawQuery, bucket, key, query: parseQuery(rawQuery) };
}

function parseQuery(rawQuery: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    query.set(decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' ')));
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
    throw error;
  }
}

/** A header's value; Node joins repeated ones. */
export function header(request: { headers: IncomingHttpHeaders }, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
