/**
 * `encoding-type=url` as AWS does it: form encoding of the UTF-8 bytes, so a space is `+` and a plus is `%2B`, with the
 * slashes kept (trap 24). Other servers write a space as `%20`.
 */
const UNCHANGED = /^[A-Za-z0-9\-._*/]*$/;

export function encodeListedKey(key: string): string {
  if (UNCHANGED.test(key)) return key;
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!~'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
