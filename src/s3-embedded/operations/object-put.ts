/** PutObject. */
import { emptyAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { contentOf, md5Hex } from '../model/content.ts';
import { attributesOf, versionHeader } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { checkWriteConditions } from './conditions.ts';

export function putObject(call: Call, { store }: Context): Answer {
  const bucket = store.writableBucket(call.bucket);
  checkWriteConditions(call, bucket.versionsOf(call.key)?.current);
  const content = contentOf(call.body);
  const version = bucket.addVersion(call.key, {
    ...attributesOf(call, bucket.settings),
    content,
    etag: md5Hex(content),
    checksums: call.checksums,
    lastModifiedMs: call.nowMs,
  });
  return emptyAnswer(200, {
    etag: `"${version.etag}"`,
    ...call.checksums,
    ...versionHeader(bucket, version),
  });
}
