/** Listings of versions in every dialect that a server might speak, together with what they mean. */
import fc from 'fast-check';
import type { ScannedPage } from '../../../../src/s3/list-versions-xml.ts';
import type { ListedVersion } from '../../../../src/s3/types.ts';

/** All that a page says. */
export interface ListedPage extends ScannedPage {
  versions: ListedVersion[];
}

export interface ListingDocument {
  xml: string;
  page: ListedPage;
}

/** How keys are written into an answer. */
type KeyEncoding = 'aws' | 'radosgw' | 'raw';

interface Dialect {
  keyEncoding: KeyEncoding;
  etagQuotes: 'entity' | 'number' | 'raw' | 'none';
  namespacePrefix: '' | 's3:';
  space: string;
  hasOwner: boolean;
  hasStorageClass: boolean;
  /** Seed of everything that may be done in more than one way. */
  ways: number;
}

const character = fc.oneof(
  fc.constantFrom(...' +%&<>"\'/\u00e4\u{1f600}\ue000\uffee;#x'),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => c.isWellFormed()),
);
const key = fc.array(character, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));

const listedVersion: fc.Arbitrary<ListedVersion> = fc
  .record({
    key,
    versionId: fc.oneof(
      fc.constant('null'),
      fc.string({ unit: fc.constantFrom(...'aZ0._-'), minLength: 1, maxLength: 32 }),
    ),
    isLatest: fc.boolean(),
    isDeleteMarker: fc.boolean(),
    lastModifiedMs: fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
    etag: fc.string({ unit: fc.constantFrom(...'0123456789abcdef-'), maxLength: 36 }),
    sizeBytes: fc.maxSafeNat(),
    storageClass: fc.constantFrom('STANDARD', 'GLACIER', 'STANDARD_IA'),
  })
  .map((version) =>
    version.isDeleteMarker ? { ...version, etag: '', sizeBytes: 0, storageClass: '' } : version,
  );

const dialect: fc.Arbitrary<Dialect> = fc.record({
  keyEncoding: fc.constantFrom('aws', 'radosgw', 'raw'),
  etagQuotes: fc.constantFrom('entity', 'number', 'raw', 'none'),
  namespacePrefix: fc.constantFrom('', 's3:'),
  space: fc.constantFrom('', '', '\n  ', '\r\n\t', ' <!-- a > b --> ', '<?pi x?>'),
  hasOwner: fc.boolean(),
  hasStorageClass: fc.boolean(),
  ways: fc.integer({ min: 0, max: 0x7fffffff }),
});

export const listingDocument: fc.Arbitrary<ListingDocument> = fc
  .record({
    dialect,
    versions: fc.array(listedVersion, { maxLength: 12 }),
    commonPrefixes: fc.array(key, { maxLength: 2 }),
    isTruncated: fc.boolean(),
    marker: fc.option(key, { nil: undefined }),
  })
  .map((given) => write(given.dialect, given));

interface Given {
  versions: ListedVersion[];
  commonPrefixes: string[];
  isTruncated: boolean;
  marker: string | undefined;
}

function write(dialect: Dialect, given: Given): ListingDocument {
  const isUrlEncoded = dialect.keyEncoding !== 'raw';
  const carriable = (text: string) => (isUrlEncoded ? text : text.replace(/[\x00-\x1f\ufffe\uffff]/g, '_'));
  const versions = given.versions.map((version) => ({
    ...version,
    key: carriable(version.key),
    storageClass: version.isDeleteMarker || dialect.hasStorageClass ? version.storageClass : 'STANDARD',
  }));
  const commonPrefixes = given.commonPrefixes.map(carriable);
  const marker =
    given.marker === undefined ? undefined : encodeKey(carriable(given.marker), dialect.keyEncoding);
  const ways = random(dialect.ways);
  const element = (name: string, content: string) => writeElement(dialect, ways, name, content);
  const text = (value: string) => writeText(ways, value);
  const items = versions.map((version) => writeItem(dialect, ways, version));
  const others = [
    element('Name', 'b'),
    element('IsTruncated', String(given.isTruncated)),
    ...(isUrlEncoded ? [element('EncodingType', 'url')] : []),
    ...(marker === undefined
      ? []
      : [element('NextKeyMarker', text(marker)), element('NextVersionIdMarker', 'v')]),
    ...commonPrefixes.map((prefix) =>
      element('CommonPrefixes', element('Prefix', text(encodeKey(prefix, dialect.keyEncoding)))),
    ),
  ];
  const children = [...others.slice(0, ways(others.length + 1))];
  const rest = others.slice(children.length);
  const xml =
    (ways(2) === 0 ? '<?xml version="1.0" encoding="UTF-8"?>' : '') +
    dialect.space +
    element('ListVersionsResult', [...children, ...items, ...rest].join(dialect.space));
  const page: ListedPage = {
    versions,
    commonPrefixes,
    isTruncated: given.isTruncated,
    ...(marker ? { nextKeyMarkerText: marker } : {}),
    ...(marker === undefined ? {} : { nextVersionIdMarker: 'v' }),
    isUrlEncoded,
  };
  return { xml, page };
}

function writeItem(dialect: Dialect, ways: Ways, version: ListedVersion): string {
  const element = (name: string, content: string) => writeElement(dialect, ways, name, content);
  const quote = { entity: '&quot;', number: '&#34;', raw: '"', none: '' }[dialect.etagQuotes];
  const time = new Date(version.lastModifiedMs).toISOString();
  const children = [
    element('Key', writeText(ways, encodeKey(version.key, dialect.keyEncoding))),
    element('VersionId', writeText(ways, version.versionId)),
    element('IsLatest', String(version.isLatest)),
    element('LastModified', version.lastModifiedMs % 1000 === 0 ? time.replace('.000', '') : time),
    ...(version.isDeleteMarker
      ? []
      : [element('ETag', quote + version.etag + quote), element('Size', String(version.sizeBytes))]),
    ...(version.isDeleteMarker || !dialect.hasStorageClass
      ? []
      : [element('StorageClass', version.storageClass)]),
    ...(dialect.hasOwner ? [element('Owner', element('ID', 'o&amp;o') + element('Key', 'nested'))] : []),
    ...(ways(8) === 0 ? ["<Unknown a='>'/>"] : []),
  ];
  // Most servers keep one order; some items differ anyway.
  if (ways(4) === 0) children.sort(() => ways(3) - 1);
  const content = dialect.space + children.join(dialect.space) + dialect.space;
  return element(version.isDeleteMarker ? 'DeleteMarker' : 'Version', content);
}

function writeElement(dialect: Dialect, ways: Ways, name: string, content: string): string {
  const attributes = ways(10) === 0 ? ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/" b=\'"\'' : '';
  if (content === '' && ways(2) === 0) return `<${dialect.namespacePrefix}${name}${attributes} />`;
  const tag = dialect.namespacePrefix + name;
  return `<${tag}${attributes}>${content}</${tag}${ways(20) === 0 ? ' ' : ''}>`;
}

function writeText(ways: Ways, text: string): string {
  if (ways(10) === 0 && !text.includes(']]>')) return `<![CDATA[${text}]]>`;
  const escaped = text.replace(/[&<>"'\r\u0085\u2028]/gu, (c) => {
    const code = c.codePointAt(0)!;
    if (ways(3) === 0) return `&#${code};`;
    if (ways(3) === 0) return `&#x${code.toString(16)};`;
    return { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }[c] ?? `&#${code};`;
  });
  return ways(20) === 0 ? `<!-- c -->${escaped}` : escaped;
}

function encodeKey(text: string, encoding: KeyEncoding): string {
  if (encoding === 'raw') return text;
  const encoded = encodeURIComponent(text);
  return encoding === 'aws' ? encoded.replace(/%20/g, '+').replace(/%2F/g, '/') : encoded;
}

/** A number from 0 to below `count`. */
type Ways = (count: number) => number;

function random(seed: number): Ways {
  let state = seed | 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}
