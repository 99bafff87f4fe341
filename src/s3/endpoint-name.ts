/** What messages call the server that a client talks to. */
import type { S3Client } from '@aws-sdk/client-s3';

const names = new WeakMap<S3Client, string>();

export function nameEndpoint(
  client: S3Client,
  endpoint: { endpoint?: string | undefined; region?: string | undefined },
) {
  names.set(
    client,
    endpoint.endpoint === undefined ? amazonName(endpoint.region) : withoutUserInfo(endpoint.endpoint),
  );
}

/** `http://host:port`, or `Amazon S3 (eu-west-1)`. Never holds a password. */
export function endpointName(client: S3Client): string {
  return names.get(client) ?? 'S3';
}

function amazonName(region: string | undefined): string {
  return region === undefined ? 'Amazon S3' : `Amazon S3 (${region})`;
}

function withoutUserInfo(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
