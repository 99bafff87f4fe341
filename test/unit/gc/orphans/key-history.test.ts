import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyHistory, type Horizons } from '../../../../src/gc/orphans/key-history.ts';
import type { ListedVersion } from '../../../../src/s3/types.ts';

/** `v5` is a version of second 5, `m3` a delete marker of second 3. */
function version(name: string, place: number): ListedVersion {
  const isDeleteMarker = name.startsWith('m');
  return {
    key: 'k',
    versionId: name,
    isLatest: place === 0,
    isDeleteMarker,
    lastModifiedMs: Number(name.slice(1)) * 1000,
    etag: isDeleteMarker ? '' : 'e',
    sizeBytes: 1,
    storageClass: isDeleteMarker ? '' : 'STANDARD',
  };
}

function historyOf(
  versions: readonly ListedVersion[],
  versionsS: number,
  markersS = versionsS,
  snapshotsS: readonly number[] = [],
): string[] {
  const found: string[] = [];
  const horizons: Horizons = {
    versionsMs: versionsS * 1000,
    markersMs: markersS * 1000,
    hasSnapshotIn: (fromMs, beforeMs) =>
      snapshotsS.some((second) => second * 1000 >= fromMs && second * 1000 < beforeMs),
  };
  const history = new KeyHistory(horizons, ({ versionId }) => found.push(versionId));
  for (const each of versions) history.push(each);
  history.finish();
  return found;
}

/** The newest first. */
function named(...names: string[]): ListedVersion[] {
  return names.map(version);
}

test('what was superseded by the horizon is history; what was current at it, or since, is not', () => {
  assert.deepEqual(historyOf(named('v9', 'v7', 'v5', 'v3', 'v1'), 6), ['v3', 'v1']);
  assert.deepEqual(historyOf(named('v9', 'v7', 'v5', 'v3', 'v1'), 5), ['v3', 'v1']);
  assert.deepEqual(historyOf(named('v9', 'v7', 'v5', 'v3', 'v1'), 4), ['v1']);
  assert.deepEqual(historyOf(named('v5'), 9), []);
  assert.deepEqual(historyOf(named('m5', 'v3'), 9), ['v3']);
});

test('what was current at the moment of a snapshot is spared, without looking into it', () => {
  const versions = named('v9', 'v7', 'v5', 'v3', 'v1');
  assert.deepEqual(historyOf(versions, 9, 9, [2, 5]), ['v7', 'v3']);
  assert.deepEqual(historyOf(versions, 9, 9, [0, 9]), ['v7', 'v5', 'v3', 'v1']);
});

test('what arrived late beneath a version that is younger than the horizon is not history (traps 1 and 2)', () => {
  // v3 was current at 4, although a snapshot that was listed before it arrived names v2.
  assert.deepEqual(historyOf(named('v5', 'v3', 'v2'), 4), ['v2']);
  // In the order of the listing a younger version can lie beneath an older one.
  assert.deepEqual(historyOf(named('v9', 'v3', 'v6', 'v1'), 4), ['v1']);
});

test('a delete marker goes only with nothing but markers beneath it, and only when it is old (trap 12)', () => {
  assert.deepEqual(historyOf(named('m5'), 9), ['m5']);
  assert.deepEqual(historyOf(named('m5', 'm4'), 9), ['m5', 'm4']);
  assert.deepEqual(historyOf(named('v7', 'm5', 'm4'), 9), ['m5', 'm4']);
  assert.deepEqual(historyOf(named('m5', 'm4', 'v1'), 9), ['v1']);
  assert.deepEqual(historyOf(named('m5', 'm4'), 9, 4), ['m4']);
});

test('nothing is said of a key whose listing does not begin with the current version (trap 7)', () => {
  const oldestFirst = named('v1', 'v3', 'v5').map((each, place) => ({ ...each, isLatest: place === 2 }));
  assert.deepEqual(historyOf(oldestFirst, 9), []);
  const withoutLatest = named('m5', 'm4').map((each) => ({ ...each, isLatest: false }));
  assert.deepEqual(historyOf(withoutLatest, 9), []);
});

test('nothing that any moment from the horizon on needs, and all else, is history', () => {
  const names = fc.array(fc.tuple(fc.constantFrom('v', 'm'), fc.nat({ max: 9 })), { maxLength: 8 });
  fc.assert(
    fc.property(names, fc.nat({ max: 9 }), fc.array(fc.nat({ max: 9 })), (drawn, horizon, snapshots) => {
      const versions = drawn.map(([kind, second], place) => ({
        ...version(`${kind}${second}`, place),
        versionId: `${kind}${second} ${place}`,
      }));
      const found = new Set(historyOf(versions, horizon, horizon, snapshots));
      const currentAt = (second: number) => versions.find((each) => each.lastModifiedMs <= second * 1000);
      const needed = new Set<string | undefined>([versions[0]?.versionId]);
      for (let second = horizon; second <= 10; second++) needed.add(currentAt(second)?.versionId);
      for (const second of snapshots) needed.add(currentAt(second)?.versionId);
      for (const { versionId, isDeleteMarker, lastModifiedMs } of versions) {
        if (isDeleteMarker) continue;
        const isHistory = !needed.has(versionId) && lastModifiedMs <= horizon * 1000;
        assert.equal(
          found.has(versionId),
          isHistory,
          `${versionId} of ${JSON.stringify(drawn)} at ${horizon}`,
        );
      }
      // Without the markers that were found every moment shows the same.
      const left = versions.filter(
        ({ versionId, isDeleteMarker }) => !isDeleteMarker || !found.has(versionId),
      );
      for (let second = 0; second <= 10; second++) {
        const [before, after] = [versions, left].map((all) =>
          all.find((each) => each.lastModifiedMs <= second * 1000),
        );
        const shown = (each: ListedVersion | undefined) =>
          each?.isDeleteMarker === false ? each.versionId : undefined;
        assert.equal(shown(after), shown(before));
      }
    }),
  );
});
