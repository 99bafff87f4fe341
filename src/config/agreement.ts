/**
 * What fields must be to each other. Works on the document as it was read, so that these problems are told together with those of
 * single fields.
 */
import { fieldPath, isObject } from './field-path.ts';
import type { FieldPath } from './field-path.ts';

type Fields = Record<string, unknown>;

const credentialPairs = [
  ['AccessKey', 'SecretKey'],
  ['SlaveAccessKey', 'SlaveSecretKey'],
] as const;

/** One sentence a problem. */
export function findDisagreements(document: unknown): string[] {
  if (!isObject(document)) return [];
  const sets = setsIn(document);
  return [
    ...oneFormOfSets(document),
    ...sets.flatMap(({ path, fields }) => halfCredentials(path, fields)),
    ...setNames(sets),
    ...syslogTarget(document['Syslog']),
  ];
}

export interface PlacedSet {
  path: FieldPath;
  fields: Fields;
}

/** The sets of the file, as far as they are objects. */
export function setsIn(document: unknown): PlacedSet[] {
  if (!isObject(document)) return [];
  const list = Array.isArray(document['BackupSets']) ? (document['BackupSets'] as unknown[]) : [];
  const placed = list.map((fields, index) => ({ path: ['BackupSets', index] as FieldPath, fields }));
  placed.unshift({ path: ['BackupSet'], fields: document['BackupSet'] });
  return placed.filter((set): set is PlacedSet => isObject(set.fields));
}

function oneFormOfSets(document: Fields): string[] {
  const one = document['BackupSet'] !== undefined;
  const many = document['BackupSets'] !== undefined;
  if (one && many) return ['BackupSets: expected either BackupSet or BackupSets; found both'];
  if (!one && !many && document['Sites'] === undefined)
    return ['BackupSet is missing: expected BackupSet, or a list of them in BackupSets'];
  return [];
}

function halfCredentials(path: FieldPath, fields: Fields): string[] {
  return credentialPairs.flatMap(([id, secret]) => {
    if (isSet(fields[id]) === isSet(fields[secret])) return [];
    const [present, absent] = isSet(fields[id]) ? [id, secret] : [secret, id];
    const name = fieldPath([...path, absent]);
    return [`${name} is missing: expected both ${id} and ${secret}, or neither; found ${present} alone`];
  });
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '';
}

function setNames(sets: PlacedSet[]): string[] {
  const first = new Map<unknown, string>();
  return sets.flatMap(({ path, fields }) => {
    const name = fields['Name'];
    const field = fieldPath([...path, 'Name']);
    if (name === undefined) {
      return path[0] === 'BackupSets' ? [`${field} is missing: expected a name, which --set takes`] : [];
    }
    const earlier = first.get(name);
    if (earlier !== undefined) return [`${field}: expected a name of its own; found the name of ${earlier}`];
    first.set(name, fieldPath(path));
    return [];
  });
}

/** A host makes it UDP; a path, or neither, a local socket. */
function syslogTarget(syslog: unknown): string[] {
  if (!isObject(syslog)) return [];
  const { Protocol: protocol, Host: host, Port: port, Path: path } = syslog;
  const problems: string[] = [];
  const remote = protocol === 'udp' || (protocol === undefined && host !== undefined);
  if (remote && path !== undefined) problems.push('Syslog.Path: expected no path beside a host; found both');
  if (remote && host === undefined)
    problems.push('Syslog.Host is missing: expected the host that "udp" sends to');
  if (!remote && host !== undefined) problems.push('Syslog.Host: expected no host beside Protocol "unix"');
  if (!remote && port !== undefined) problems.push('Syslog.Port: expected no port without Host');
  return problems;
}
