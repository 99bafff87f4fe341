/**
 * How the items of a page are laid out. They differ in their values alone: what stands between these (tags, whitespace, the owner)
 * is the same in each. So a layout is learnt from an item that was read element by element, and further ones are read by
 * comparing what stands between the values with it, byte for byte, and noting where the values are. Where anything differs, or a
 * value is not plain ASCII without entities, the item is read element by element: the two ways cannot disagree.
 */
import type { Layout } from '../kernel/kernel.ts';
import type { ListedVersion } from './types.ts';

/** What is read of an item. */
export type Field = Exclude<keyof ListedVersion, 'isDeleteMarker'>;

/** Where the raw text of a field stands in the document; -1 where it is not one piece. */
export interface FieldSpan {
  field: Field;
  start: number;
  end: number;
}

/** The layout of a well-formed item with these fields in their order; undefined where it cannot be told from the bytes. */
export function layoutOf(
  item: Buffer,
  isDeleteMarker: boolean,
  spans: readonly FieldSpan[],
): Layout | undefined {
  const fields: Layout['fields'] = [];
  let from = 0;
  for (const { field, start, end } of spans) {
    if (start < 0 || (isDeleteMarker && !isOfDeleteMarkers(field))) return undefined;
    fields.push({ before: item.subarray(from, start), field });
    from = end;
  }
  return { isDeleteMarker, fields, after: item.subarray(from) };
}

function isOfDeleteMarkers(field: Field): boolean {
  return field !== 'etag' && field !== 'sizeBytes' && field !== 'storageClass';
}
