/** Switches master and slave of a backup set in the text of the configuration file, and leaves all else in it as it stands. */
import { BackupError } from '../errors.ts';
import type { FieldPath } from './field-path.ts';
import {
  objectPlaceAt,
  replaceAll,
  type FieldPlace,
  type ObjectPlace,
  type Replacement,
} from './json-places.ts';

const roleFields = [
  ['MasterBucket', 'SlaveBucket'],
  ['MasterRegion', 'SlaveRegion'],
  ['MasterEndpoint', 'SlaveEndpoint'],
] as const;
const keyFields = [
  ['AccessKey', 'SlaveAccessKey'],
  ['SecretKey', 'SlaveSecretKey'],
] as const;
const markName = 'FailedOver';

/**
 * @param source the text of a valid file
 * @param path of the set
 * @param failedOver what `FailedOver` is to say, ISO 8601; undefined: the field goes
 * @throws BackupError REFUSED where the credentials cannot be told the other way round
 */
export function switchedRoles(source: string, path: FieldPath, failedOver: string | undefined): string {
  const set = objectPlaceAt(source, path);
  const field = (name: string): FieldPlace | undefined => set.fields.find((each) => each.name === name);
  const replacements = roleFields.flatMap(([master, slave]) =>
    exchanged(source, field(master), field(slave), [master, slave]),
  );
  const isFilled = (name: string): boolean => {
    const place = field(name);
    return place !== undefined && source.slice(place.start, place.end) !== '""';
  };
  // Without keys of its own the slave uses the master's: then there is nothing to exchange.
  if (isFilled('SlaveAccessKey')) {
    if (!isFilled('AccessKey')) throw onlySlaveHasKeys();
    for (const [own, slave] of keyFields)
      replacements.push(...exchanged(source, field(own), field(slave), [own, slave]));
  }
  replacements.push(...marked(source, set, field(markName), failedOver));
  return replaceAll(source, replacements);
}

/** The values change places; where there is one field only, it becomes the other one. */
function exchanged(
  source: string,
  a: FieldPlace | undefined,
  b: FieldPlace | undefined,
  [aName, bName]: readonly [string, string],
): Replacement[] {
  if (a !== undefined && b !== undefined) {
    return [
      { start: a.start, end: a.end, text: source.slice(b.start, b.end) },
      { start: b.start, end: b.end, text: source.slice(a.start, a.end) },
    ];
  }
  if (a !== undefined) return [{ start: a.nameStart, end: a.nameEnd, text: JSON.stringify(bName) }];
  if (b !== undefined) return [{ start: b.nameStart, end: b.nameEnd, text: JSON.stringify(aName) }];
  return [];
}

function marked(
  source: string,
  { fields }: ObjectPlace,
  mark: FieldPlace | undefined,
  failedOver: string | undefined,
): Replacement[] {
  const value = JSON.stringify(failedOver);
  if (mark !== undefined && failedOver !== undefined)
    return [{ start: mark.start, end: mark.end, text: value }];
  if (mark !== undefined) return [removal(fields, mark)];
  const last = fields.at(-1);
  if (failedOver === undefined || last === undefined) return [];
  // As the field before it is set off from what is before that.
  const before = fields.at(-2);
  const gap = before === undefined ? ' ' : source.slice(before.end, last.nameStart).replace(/^\s*,/, '');
  return [{ start: last.end, end: last.end, text: `,${gap}${JSON.stringify(markName)}: ${value}` }];
}

/** With the comma that goes with it. */
function removal(fields: readonly FieldPlace[], mark: FieldPlace): Replacement {
  const index = fields.indexOf(mark);
  const before = fields[index - 1];
  const after = fields[index + 1];
  if (before !== undefined) return { start: before.end, end: mark.end, text: '' };
  return { start: mark.nameStart, end: after?.nameStart ?? mark.end, text: '' };
}

function onlySlaveHasKeys(): BackupError {
  return new BackupError(
    'REFUSED',
    'The slave has keys of its own, and the master has none: with the roles switched the file could not say so.',
    {
      hint: 'Write AccessKey and SecretKey of the master into the file too, and run the same command again.',
    },
  );
}
