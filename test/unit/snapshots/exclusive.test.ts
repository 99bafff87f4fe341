import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { RangeWriter } from '../../../src/index/range-writer.ts';
import { compareKeys } from '../../../src/key-order.ts';
import { currentExclusiveBytes, refreshExclusiveBytes } from '../../../src/snapshots/exclusive.ts';
import { versionsNamedOnlyBy } from '../../../src/snapshots/named-only.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manifestOf } from '../../support/manifests.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';

const cutBits = 2;

async function openRepository(t: TestContext): Promise<SnapshotRepository> {
  const repository = await SnapshotRepository.open({
    snapshotsDir: tempDir(t),
    compress: false,
    clock: new ManualClock(),
    log: silentLog,
  });
  t.after(() => repository.close());
  return repository;
}

function entry(key: string, version: number): Entry {
  return {
    key,
    versionId: `v${version}`,
    sizeBytes: 1 + version,
    lastModifiedMs: version * 1000,
    etag: 'e',
    storageClass: 'STANDARD',
  };
}

function nameOf(hour: number): string {
  return `20261121T${String(hour).padStart(2, '0')}0000Z`;
}

async function add(
  repository: SnapshotRepository,
  name: string,
  entries: Entry[],
  prefix = '',
): Promise<void> {
  const writer = new RangeWriter(repository.ranges, { cutBits });
  await writer.write(entries.toSorted((a, b) => compareKeys(a.key, b.key)));
  const { ranges } = await writer.finish();
  const bytes = entries.reduce((sum, each) => sum + each.sizeBytes, 0);
  await repository.add(manifestOf(name, { ranges, keys: entries.length, bytes, cutBits, prefix }));
}

const contents = fc.array(
  fc.uniqueArray(
    fc.record({ key: fc.integer({ min: 0, max: 60 }), version: fc.integer({ min: 0, max: 3 }) }),
    {
      selector: (each) => each.key,
    },
  ),
  { minLength: 1, maxLength: 6 },
);

test('gives the versions that no other snapshot names, as a look at all entries does', async (t) => {
  await fc.assert(
    fc.asyncProperty(contents, fc.nat(), async (snapshots, chosen) => {
      const repository = await openRepository(t);
      const entriesOf = snapshots.map((each) => each.map(({ key, version }) => entry(`k${key}`, version)));
      for (const [hour, entries] of entriesOf.entries()) await add(repository, nameOf(hour), entries);
      const subject = chosen % snapshots.length;
      const others = [...snapshots.keys()].filter((hour) => hour !== subject);
      const named = new Set(others.flatMap((hour) => entriesOf[hour]?.map(idOf) ?? []));
      const expected = (entriesOf[subject] ?? []).map(idOf).filter((id) => !named.has(id));

      const found: string[] = [];
      const otherNames = others.map(nameOf);
      for await (const batch of versionsNamedOnlyBy(nameOf(subject), otherNames, repository)) {
        found.push(...batch.map(idOf));
      }
      assert.deepEqual(found.toSorted(), expected.toSorted());
    }),
    { numRuns: 60 },
  );
});

test('what a snapshot alone holds is known until a neighbour comes or goes', async (t) => {
  const repository = await openRepository(t);
  const refreshing = { signal: new AbortController().signal, log: silentLog };
  const shown = (): Record<string, number> =>
    Object.fromEntries(currentExclusiveBytes(repository.list('slave')));
  await add(repository, nameOf(1), [entry('a', 1), entry('b', 1)]);
  await add(repository, nameOf(3), [entry('a', 1), entry('b', 3)]);
  assert.deepEqual(shown(), {});
  await refreshExclusiveBytes(repository, 'slave', refreshing);
  assert.deepEqual(shown(), { [nameOf(1)]: 2, [nameOf(3)]: 4 });

  await add(repository, nameOf(2), [entry('b', 3)]);
  assert.deepEqual(shown(), {});
  await refreshExclusiveBytes(repository, 'slave', refreshing);
  assert.deepEqual(shown(), { [nameOf(1)]: 4, [nameOf(2)]: 0, [nameOf(3)]: 2 });
});

test('a snapshot of a prefix is no neighbour of one of the whole bucket, but has it as one', async (t) => {
  const repository = await openRepository(t);
  await add(repository, nameOf(1), [entry('a', 1), entry('b', 1)]);
  await add(repository, nameOf(2), [entry('a', 1)], 'a');
  await add(repository, nameOf(3), [entry('a', 1), entry('b', 1)]);
  await refreshExclusiveBytes(repository, 'slave', { signal: new AbortController().signal, log: silentLog });
  const rows = repository.list('slave');
  assert.deepEqual(
    rows.map((row) => row.exclusiveBetween),
    [nameOf(3), `${nameOf(1)} ${nameOf(3)}`, nameOf(1)],
  );
});

test('what is damaged is told, and keeps nobody else from being known', async (t) => {
  const repository = await openRepository(t);
  for (const hour of [1, 2, 3, 4, 5]) await add(repository, nameOf(hour), [entry('a', hour)]);
  const [range] = (await repository.read(nameOf(2))).ranges;
  assert.ok(range);
  await repository.ranges.remove(range.hash);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (text: string) => warnings.push(text) };
  const { signal } = new AbortController();
  await refreshExclusiveBytes(repository, 'slave', { signal, log });
  assert.deepEqual(Object.keys(Object.fromEntries(currentExclusiveBytes(repository.list('slave')))), [
    nameOf(4),
    nameOf(5),
  ]);
  assert.equal(warnings.length, 3);

  await add(repository, nameOf(6), []);
  await refreshExclusiveBytes(repository, 'slave', { signal: AbortSignal.abort(), log });
  assert.equal(warnings.length, 4);
});

function idOf({ key, versionId }: Entry): string {
  return `${versionId} ${key}`;
}
