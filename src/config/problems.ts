/** Makes sentences of what the schema found wrong. No value of the file is ever quoted: it may be a secret. */
import type { z } from 'zod';
import { fieldPath, valueAt } from './field-path.ts';
import type { FieldPath } from './field-path.ts';
import { nearestName } from './nearest.ts';
import { fieldNames } from './schema.ts';

type Issue = z.core.$ZodIssue;

const ofOtherForm: ReadonlySet<Issue['code']> = new Set(['invalid_format', 'custom']);
const notYet = new Set(['Notifications', 'Metrics']);

/** One sentence a problem, each beginning with the field's path; a field is named once. */
export function describeIssues(issues: readonly Issue[], document: unknown): string[] {
  const told = new Map<string, string>();
  for (const problem of issues.flatMap((issue) => describeIssue(issue, [], document))) {
    if (!told.has(problem.field)) told.set(problem.field, problem.text);
  }
  return [...told.values()];
}

interface Problem {
  field: string;
  text: string;
}

function describeIssue(issue: Issue, parent: FieldPath, document: unknown): Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownField(path, name));
  if (issue.code === 'invalid_union') {
    const inner = innerIssues(issue.errors);
    if (inner !== undefined) return inner.flatMap((each) => describeIssue(each, path, document));
  }
  return [wrongField(path, issue, document)];
}

/** The issues of the alternative whose type was right, so that only something inside it is wrong. */
function innerIssues(alternatives: readonly Issue[][]): Issue[] | undefined {
  return alternatives.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
}

function wrongField(path: FieldPath, issue: Issue, document: unknown): Problem {
  const value = valueAt(document, path);
  const expected = issue.message;
  const field = fieldPath(path);
  const name = field === '' ? 'The file' : field;
  if (value === undefined) return { field, text: `${name} is missing: expected ${expected}` };
  return { field, text: `${name}: expected ${expected}; found ${found(path, value, issue.code)}` };
}

function unknownField(parent: FieldPath, name: string): Problem {
  const field = fieldPath([...parent, name]);
  return { field, text: `${field}: ${adviceFor(parent, name)}` };
}

function adviceFor(parent: FieldPath, name: string): string {
  if (parent.length === 0 && notYet.has(name)) return 'not supported yet by this version';
  const nearest = nearestName(name, namesIn(parent));
  if (nearest !== undefined) return `unknown field; did you mean ${nearest}?`;
  if (fieldNames.backupSet.includes(name)) return 'unknown field here; it belongs in a backup set';
  if (fieldNames.site.includes(name)) return 'unknown field here; it belongs in a site';
  if (fieldNames.top.includes(name)) return 'unknown field here; it belongs at the top of the file';
  return `unknown field; expected one of ${namesIn(parent).join(', ')}`;
}

function namesIn(parent: FieldPath): string[] {
  const last = parent.at(-1);
  if (last === undefined) return fieldNames.top;
  if (last === 'RetentionPolicy') return fieldNames.retentionPolicy;
  if (last === 'Syslog') return fieldNames.syslog;
  if (parent[0] === 'Sites') return fieldNames.site;
  return fieldNames.backupSet;
}

/** Numbers and switches are told as they stand, except where a secret belongs. */
function found(path: FieldPath, value: unknown, code: Issue['code']): string {
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return /Key$/.test(String(path.at(-1))) ? 'a number' : String(value);
  if (typeof value === 'string') return ofOtherForm.has(code) ? 'a text of another form' : 'a text';
  return 'an object';
}
