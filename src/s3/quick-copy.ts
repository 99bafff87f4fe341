/** CopyObject (quick-write.ts): a restore of millions of small objects is nothing but these. */
import { placementHeaders } from './attributes.ts';
import type { CallOptions } from './call-options.ts';
import { copySource } from './copy-source.ts';
import type { CopyResult, ObjectCopy } from './copy.ts';
import type { QuickAnswer } from './quick-request.ts';
import type { QuickWriter } from './quick-write.ts';

/** @returns undefined where the SDK has to do it @throws the signal's reason */
export async function quickCopy(
  writer: QuickWriter,
  { source, destination: { key }, placement = {}, ifMatchEtag }: ObjectCopy,
  { signal }: CallOptions,
): Promise<CopyResult | undefined> {
  const headers = {
    'x-amz-copy-source': copySource(source),
    'x-amz-metadata-directive': 'COPY',
    'x-amz-tagging-directive': 'COPY',
    ...placementHeaders(placement),
    ...(ifMatchEtag !== undefined && { 'x-amz-copy-source-if-match': `"${ifMatchEtag}"` }),
  };
  const answer = await writer.write({ key, headers, signal });
  return answer && readResult(answer);
}

/** An error can come with status 200 (trap 17), and so can half a document: only a whole result counts. */
function readResult({ headers, body }: QuickAnswer): CopyResult | undefined {
  if (!body.trimEnd().endsWith('</CopyObjectResult>')) return undefined;
  const etag = /<ETag>(?:"|&quot;|&#34;)?([^<"&]+)(?:"|&quot;|&#34;)?<\/ETag>/.exec(body)?.[1];
  const lastModifiedMs = Date.parse(/<LastModified>([^<]+)<\/LastModified>/.exec(body)?.[1] ?? '');
  if (etag === undefined || Number.isNaN(lastModifiedMs)) return undefined;
  const versionId = headers['x-amz-version-id'];
  return { etag, lastModifiedMs, ...(typeof versionId === 'string' && { versionId }) };
}
