/** Faults and quirks of listings: pages as no client should trust them. */
import type { Page, PageItem, PageRequest } from '../listing/page.ts';
import { compareKeyBytes } from '../model/key-order.ts';
import type { FaultKind, FaultRule } from './rule.ts';

/** What changes how the page is collected. */
export function requestQuirks(rules: readonly FaultRule[], asked: PageRequest): Partial<PageRequest> {
  const quirks: Partial<PageRequest> = {};
  for (const { kind } of rules) {
    if (kind === 'key-marker-inclusive') quirks.isMarkerInclusive = true;
    else if (kind === 'oldest-first') quirks.isOldestFirst = true;
    else if (kind === 'page-too-long') quirks.maxKeys = asked.maxKeys + 1;
  }
  return quirks;
}

export function applyPageFaults(rules: readonly FaultRule[], page: Page, asked: PageRequest): Page {
  return rules.reduce((faulty, { kind }) => PAGE_FAULTS[kind]?.(faulty, asked) ?? faulty, page);
}

const PAGE_FAULTS: Partial<Record<FaultKind, (page: Page, asked: PageRequest) => Page>> = {
  'page-duplicate': (page) => {
    const middle = page.items.length >> 1;
    if (middle === 0) return page;
    return { ...page, items: page.items.with(middle, page.items[middle - 1] as PageItem) };
  },

  'page-out-of-order': (page) => {
    const { items } = page;
    const second = items.findIndex((item, i) => i > 0 && item.key !== items[i - 1]?.key);
    if (second === -1) return page;
    const swapped = items
      .with(second, items[second - 1] as PageItem)
      .with(second - 1, items[second] as PageItem);
    return { ...page, items: swapped };
  },

  'page-no-markers': (page) => ({
    ...page,
    isTruncated: true,
    nextKeyMarker: undefined,
    nextVersionIdMarker: undefined,
  }),

  // The first page has no marker to go back to, and stays as it is.
  'page-stuck': (page, asked) =>
    asked.keyMarker === ''
      ? page
      : {
          ...page,
          isTruncated: true,
          nextKeyMarker: asked.keyMarker,
          nextVersionIdMarker: asked.versionIdMarker,
        },

  'page-short': (page) => {
    const items = page.items.slice(0, Math.ceil(page.items.length / 3));
    const last = items.at(-1);
    if (last === undefined || items.length === page.items.length) return page;
    const commonPrefixes = page.commonPrefixes.filter((prefix) => compareKeyBytes(prefix, last.key) < 0);
    return {
      items,
      commonPrefixes,
      isTruncated: true,
      nextKeyMarker: last.key,
      nextVersionIdMarker: last.version.versionId,
    };
  },
};
