/** Tags of an object version; they change without a new version (trap 14). */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { child, childText, document, element, parseXml } from '../xml.ts';
import { checkTags, versionHeader } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { readVersion } from './object-get.ts';

export function getObjectTagging(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const version = readVersion(bucket, call.key, call.query.get('versionId'));
  const tags = Object.entries(version.tags).map(
    ([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`,
  );
  return xmlAnswer(document('Tagging', `<TagSet>${tags.join('')}</TagSet>`), versionHeader(bucket, version));
}

export function putObjectTagging(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  const set = child(parseXml(call.body.toString('utf8')), 'TagSet');
  const tags = (set?.children ?? []).map((tag): [string, string] => [
    childText(tag, 'Key') ?? '',
    childText(tag, 'Value') ?? '',
  ]);
  version.tags = checkTags(tags);
  return emptyAnswer(200, versionHeader(bucket, version));
}

export function deleteObjectTagging(call: Call, { store }: Context): Answer {
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  version.tags = {};
  return emptyAnswer(204, versionHeader(store.bucket(call.bucket), version));
}
