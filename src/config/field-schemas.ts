/** Schemas of single fields that backup sets and sites share. Each one's error text says what is expected there. */
import { z } from 'zod';

const bucketExpected = 'the name of a bucket (without s3:// and without a path)';
export const bucket = z
  .string(bucketExpected)
  .regex(/^(?:[A-Za-z0-9._:-]{1,255}|arn:[^\s]{1,2000})$/, bucketExpected);

const regionExpected = 'the name of a region, such as eu-west-1';
export const region = z.string(regionExpected).regex(/^[A-Za-z0-9_-]+$/, regionExpected);

const endpointExpected =
  'a URL such as https://s3.example.com, beginning with http:// or https://, without user, password, "?" and "#"';
export const endpoint = optionalText(z.string(endpointExpected).refine(isEndpoint, endpointExpected));

export const yesOrNo = z.boolean('true or false').optional();
export const accessKey = optionalText(credential('an access key id'));
export const secretKey = optionalText(credential('a secret access key'));

const nameExpected = 'a name without control characters and without spaces at its ends';
export const name = z.string(nameExpected).regex(/^(?! )[^\p{Cc}]+(?<! )$/u, nameExpected);

export const folder = z.string('the path of a folder').regex(/^[^\0]+$/, 'the path of a folder');

/** `expected` names the bounds. */
export function wholeNumber(expected: string, least = 0, most = Number.MAX_SAFE_INTEGER): z.ZodInt {
  return z.int(expected).min(least, expected).max(most, expected);
}

/** An empty text counts as left out: the file that comes with the program is a form to fill in. */
export function optionalText<T extends z.ZodType<string>>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
}

/** Printable and without spaces, as every key is; a stray line break would fail in a request header much later. */
function credential(what: string): z.ZodString {
  const expected = `${what}, without spaces and line breaks`;
  return z.string(expected).regex(/^[\x21-\x7e]+$/, expected);
}

function isEndpoint(value: string): boolean {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '' && !/[?#\s]/.test(value);
}
