/**
 * Signature version 4 for requests without body, or with a small one (IAM user guide, "Create a signed AWS API request"). The SDK signs everything
 * else; its general way costs more than a copy does altogether.
 */
import { createHash, createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface SigningCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export const emptyHash = createHash('sha256').digest('hex');

export interface SignedRequest {
  method: string;
  path: string;
  query?: string;
  /** SHA-256 of the body, in hex. Left out: there is none. */
  bodyHash?: string;
}

export class Signer {
  readonly #region: string;
  /** The key of a day: derived once. As an object, because Node takes ten times as long to make one of bytes than to sign. */
  #key: { of: string; object: KeyObject } | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /**
   * Adds what a request needs to count as signed.
   * @param headers names in lower case; values in ASCII
   * @param request path and query percent-encoded, as they are sent; of the query the names in order, and each with its `=`
   */
  sign(
    { method, path, query = '', bodyHash = emptyHash }: SignedRequest,
    headers: Record<string, string>,
    { accessKeyId, secretAccessKey, sessionToken }: SigningCredentials,
    nowMs: number,
  ): void {
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    headers['x-amz-date'] = time;
    headers['x-amz-content-sha256'] = bodyHash;
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    const names = Object.keys(headers).sort();
    const signedNames = names.join(';');
    let canonical = `${method}\n${path}\n${query}\n`;
    for (const name of names) canonical += `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}\n`;
    canonical += `\n${signedNames}\n${bodyHash}`;
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    const digest = hash('sha256', canonical);
    const signature = createHmac('sha256', this.#keyOf(day, secretAccessKey))
      .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`)
      .digest('hex');
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
  }

  #keyOf(day: string, secret: string): KeyObject {
    const of = `${day} ${secret}`;
    if (this.#key?.of === of) return this.#key.object;
    const hmac = (key: string | Buffer, text: string): Buffer =>
      createHmac('sha256', key).update(text).digest();
    const bytes = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), this.#region), 's3'), 'aws4_request');
    const object = createSecretKey(bytes);
    this.#key = { of, object };
    return object;
  }
}
