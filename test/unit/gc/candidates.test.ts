import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { candidatesOf, type Candidate } from '../../../src/gc/candidates.ts';
import { NamedVersions } from '../../../src/gc/orphans/named.ts';
import type { Manifest } from '../../../src/index/manifest.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';

/** Each snapshot names one version of one key; the first is obsolete. As-of times are seconds, versions are of theirs. */
async function open(t: TestContext, named: [name: string, version: number, changes?: Partial<Manifest>][]) {
  const { repository } = await openTestRepository(t);
  const manifests: Manifest[] = [];
  for (const [name, version, changes] of named) {
    const lastModifiedMs = Date.parse('2015-06-05T00:00:00Z') + version * 1000;
    // Of another class in each, or they would share the range (trap 14).
    const storageClass = `CLASS${manifests.length}`;
    const entries = [entry('a', version, { lastModifiedMs, storageClass })];
    manifests.push(await addSnapshot(repository, name, entries, changes));
  }
  return { repository, manifests };
}

async function candidates(t: TestContext, named: Parameters<typeof open>[1]): Promise<Candidate[]> {
  const { repository, manifests } = await open(t, named);
  const [obsolete, ...others] = manifests;
  assert.ok(obsolete);
  return (await Array.fromAsync(candidatesOf(obsolete, others, repository.ranges))).flat();
}

describe('a snapshot of the old program names what its as-of time does not show', () => {
  // It was begun at second 5, and came by the key at second 20, when version 10 was current.
  const late = '20150605T000005Z';
  const imported = { importedFrom: 'late' };

  test('its versions may be younger than it: no proof by time', async (t) => {
    const kept: [string, number][] = [
      ['20150605T000012Z', 9],
      ['20150605T000040Z', 30],
    ];
    assert.deepEqual(await candidates(t, [['20150605T000020Z', 10], [late, 10, imported], ...kept]), []);
    const [asIfOurs] = await candidates(t, [['20150605T000020Z', 10], [late, 10], ...kept]);
    assert.ok(asIfOurs, 'the proof is made where it holds');
  });

  test('its version is no witness', async (t) => {
    const obsolete: [string, number] = ['20150605T000003Z', 1];
    const others: [string, number][] = [['20150605T000050Z', 40]];
    const [candidate] = await candidates(t, [obsolete, [late, 2, imported], ...others]);
    assert.ok(candidate);
    assert.equal(candidate.witness, undefined);
    const [witnessed] = await candidates(t, [obsolete, [late, 2], ...others]);
    assert.equal(witnessed?.witness, 'v2');
  });

  test('a version that it names is no orphan, however young', async (t) => {
    const { repository, manifests } = await open(t, [[late, 10, imported]]);
    const suspect = {
      ...entry('a', 10),
      lastModifiedMs: Date.parse('2015-06-05T00:00:10Z'),
      isDeleteMarker: false,
    };
    const named = new NamedVersions(manifests, repository.ranges);
    assert.deepEqual(await named.without([suspect], new AbortController().signal), []);
  });
});

/** What each key held at each second, and snapshots of it: ours of one moment, the old program's of a moment for each key. */
const history = fc.record({
  /** Seconds at which a version of a key was written. */
  writes: fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }), {
    minLength: 1,
    maxLength: 4,
  }),
  snapshots: fc.uniqueArray(
    fc.record({
      second: fc.integer({ min: 1, max: 50 }),
      isObsolete: fc.boolean(),
      isImported: fc.boolean(),
      /** How long after its as-of time it came by each key. */
      delays: fc.array(fc.nat(25), { minLength: 4, maxLength: 4 }),
    }),
    { selector: ({ second }) => second, minLength: 2, maxLength: 7 },
  ),
});

test('no candidate is named by a kept snapshot, whatever the old program recorded', async () => {
  const startMs = Date.parse('2015-06-05T00:00:00Z');
  await fc.assert(
    fc.asyncProperty(history, async ({ writes, snapshots }) => {
      const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-test-'));
      const repository = await SnapshotRepository.open({
        snapshotsDir: folder,
        compress: false,
        clock: new ManualClock(),
        log: silentLog,
      });
      try {
        const manifests: { manifest: Manifest; isObsolete: boolean; named: Set<string> }[] = [];
        for (const { second, isObsolete, isImported, delays } of snapshots) {
          const entries = writes.flatMap((seconds, key) => {
            const seen = second + (isImported ? (delays[key] ?? 0) : 0);
            const version = Math.max(...seconds.filter((at) => at <= seen));
            if (version === -Infinity) return [];
            const storageClass = `CLASS${second}`;
            return [entry(`k${key}`, version, { lastModifiedMs: startMs + version * 1000, storageClass })];
          });
          const name = new Date(startMs + second * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
          const changes = isImported ? { importedFrom: name } : {};
          const manifest = await addSnapshot(repository, name, entries, changes);
          const named = new Set(entries.map(({ key, versionId }) => `${key} ${versionId}`));
          manifests.push({ manifest, isObsolete, named });
        }
        const kept = manifests.filter(({ isObsolete }) => !isObsolete);
        const others = kept.map(({ manifest }) => manifest);
        for (const { manifest } of manifests.filter(({ isObsolete }) => isObsolete)) {
          for await (const batch of candidatesOf(manifest, others, repository.ranges))
            for (const { key, versionId } of batch)
              assert.ok(
                !kept.some(({ named }) => named.has(`${key} ${versionId}`)),
                `${key} ${versionId} is kept`,
              );
          others.push(manifest);
        }
      } finally {
        repository.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 150 },
  );
});
