/** The query parameters that all listings share. */
import { encodeListedKey } from '../listing/encode-keys.ts';
import { S3Error } from '../s3-error.ts';
import type { Call } from './call.ts';

const MAX_ITEMS = 1000;

/** `max-keys` and its like: 1,000 where it is missing or more. @throws S3Error InvalidArgument */
export function readLimit(call: Call, name: string): number {
  const text = call.query.get(name) ?? '';
  if (text === '') return MAX_ITEMS;
  if (/^\d+$/.test(text)) return Math.min(Number(text), MAX_ITEMS);
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    elements: { ArgumentName: name, ArgumentValue: text },
  });
}

/** How keys are written into the answer. @throws S3Error InvalidArgument */
export function keyEncoder(call: Call): (key: string) => string {
  const type = call.query.get('encoding-type') ?? '';
  if (type === '') return (key) => key;
  if (type === 'url') return encodeListedKey;
  throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    elements: { ArgumentName: 'encoding-type', ArgumentValue: type },
  });
}

export function asksForThawStatus(call: Call): boolean {
  return call.headers['x-amz-optional-object-attributes'] === 'RestoreStatus';
}
