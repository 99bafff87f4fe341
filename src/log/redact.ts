/** Masks secrets in what is logged or shown: those that are known, and whatever stands where secrets stand. */

const mask = '[redacted]';

/**
 * Names whose values are secret, as header, query parameter, field, environment variable or XML element. `AWSAccessKeyId` and
 * `Credential=` are not among them: an access key id says who asked, and is needed to find out why it was denied.
 */
const secretName = [
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-server-side-encryption-customer-key',
  'x-amz-copy-source-server-side-encryption-customer-key',
  '(?:aws[-_]?)?(?:slave)?secret(?:[-_]?access)?[-_]?key',
  '(?:aws[-_]?)?(?:session|security)[-_]?token',
  'signature',
  'password',
].join('|');

const quote = String.raw`(?:\\?["'])?`;
const named = new RegExp(
  String.raw`((?<![\w-])(?:${secretName})(?:${quote}\s*[:=]\s*${quote}|\s*>))[^\s"'&,;<>\\)}\]]+`,
  'giu',
);
/** The value of the header runs to the end of its quotes or of the line: it has spaces and commas inside. */
const authorization = new RegExp(
  String.raw`((?<![\w-])(?:proxy-)?authorization${quote}\s*[:=]\s*${quote})[^"'\\\r\n]+`,
  'giu',
);
/** `user:password@` in a URL. */
const userInfo = /(?<=:\/\/)[^\s/?#"'<>@]*(?:@[^\s/?#"'<>@]*)*@/gu;

/**
 * `text` with the values of known secret names, Authorization headers and user info in URLs masked, and each of `secrets`, plain,
 * percent-encoded or as JSON has it.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let redacted = text;
  for (const secret of spellings(secrets)) redacted = redacted.replaceAll(secret, mask);
  return redacted
    .replace(authorization, `$1${mask}`)
    .replace(named, `$1${mask}`)
    .replace(userInfo, `${mask}@`);
}

/** Longest first, so that no part of a secret is left beside a shorter one. */
function spellings(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  return [...new Set(all)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
}
