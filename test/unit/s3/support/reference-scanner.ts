/** The slow way to read a listing of versions: a standard XML parser, a tree, and a look at each node. */
import { SaxesParser } from 'saxes';
import type { ListedPage } from './listing-documents.ts';
import type { ListedVersion } from '../../../../src/s3/types.ts';

interface Node {
  name: string;
  children: Node[];
  text: string;
}

/** Throws where the document is no well-formed listing. */
export function referenceScan(body: Buffer): ListedPage {
  const root = parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  if (root.name !== 'ListVersionsResult') throw new Error('root');
  const isUrlEncoded = optional(root, 'EncodingType')?.trim().toLowerCase() === 'url';
  const decode = isUrlEncoded
    ? (text: string) => decodeURIComponent(text.replace(/\+/g, ' '))
    : (text: string) => text;
  const nextKeyMarkerText = optional(root, 'NextKeyMarker');
  const nextVersionIdMarker = optional(root, 'NextVersionIdMarker');
  return {
    versions: root.children
      .filter(({ name }) => name === 'Version' || name === 'DeleteMarker')
      .map((item) => readItem(item, decode)),
    commonPrefixes: root.children
      .filter(({ name }) => name === 'CommonPrefixes')
      .flatMap((node) =>
        node.children.filter(({ name }) => name === 'Prefix').map((prefix) => decode(leaf(prefix))),
      ),
    isTruncated: boolean(required(root, 'IsTruncated')),
    ...(nextKeyMarkerText ? { nextKeyMarkerText } : {}),
    ...(nextVersionIdMarker ? { nextVersionIdMarker } : {}),
    isUrlEncoded,
  };
}

function parse(text: string): Node {
  const parser = new SaxesParser();
  const top: Node = { name: '', children: [], text: '' };
  const open = [top];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const node: Node = { name: tag.name.slice(tag.name.lastIndexOf(':') + 1), children: [], text: '' };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (part) => (open.at(-1)!.text += part));
  parser.on('cdata', (part) => (open.at(-1)!.text += part));
  parser.write(text).close();
  return top.children[0]!;
}

function readItem(item: Node, decode: (text: string) => string): ListedVersion {
  const isDeleteMarker = item.name === 'DeleteMarker';
  const [size, etag, storageClass] = ['Size', 'ETag', 'StorageClass'].map((name) => optional(item, name));
  const lastModified = required(item, 'LastModified').trim();
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(lastModified)) throw new Error('time');
  const cut = lastModified.replace(/(\.\d{3})\d+Z$/, '$1Z');
  const lastModifiedMs = Date.parse(cut);
  // Date.parse carries 2026-02-31 over into March.
  if (new Date(lastModifiedMs).toISOString().slice(0, 19) !== cut.slice(0, 19)) throw new Error('time');
  if (!isDeleteMarker && !/^\d+$/.test(size?.trim() ?? '')) throw new Error('size');
  if (required(item, 'Key') === '' || required(item, 'VersionId') === '') throw new Error('empty');
  return {
    key: decode(required(item, 'Key')),
    versionId: required(item, 'VersionId'),
    isLatest: boolean(required(item, 'IsLatest')),
    isDeleteMarker,
    lastModifiedMs,
    etag: isDeleteMarker ? '' : (etag ?? '').replace(/^"(.*)"$/s, '$1'),
    sizeBytes: isDeleteMarker ? 0 : Number(size),
    storageClass: isDeleteMarker ? '' : storageClass || 'STANDARD',
  };
}

function optional(node: Node, name: string): string | undefined {
  const found = node.children.filter((child) => child.name === name);
  if (found.length > 1) throw new Error(`two ${name}`);
  return found[0] === undefined ? undefined : leaf(found[0]);
}

function required(node: Node, name: string): string {
  const text = optional(node, name);
  if (text === undefined) throw new Error(`no ${name}`);
  return text;
}

function leaf(node: Node): string {
  if (node.children.length > 0) throw new Error(`children in ${node.name}`);
  return node.text;
}

function boolean(text: string): boolean {
  const word = text.trim();
  if (word !== 'true' && word !== 'false') throw new Error('boolean');
  return word === 'true';
}
