/**
 * Makes one line of an event. Keys of objects may hold line breaks, terminal escapes and anything else: unescaped, they could
 * forge lines of the log.
 */
import { redact } from './redact.ts';
import type { Fields } from './logger.ts';

/** Controls, line and paragraph separators, direction overrides, lone surrogates, and the escape character itself. */
const unsafe = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\\]/gu;
const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
const needsQuotes = /[\s"=\\]|^$/u;

/** `message key=value key="a value"`, without secrets. */
export function formatLine(message: string, fields: Fields, secrets: readonly string[]): string {
  const parts = Object.entries(fields).map(([name, value]) => ` ${formatField(name, value, secrets)}`);
  return escapeControls(redact(message, secrets)) + parts.join('');
}

/** Injective: whoever reads the line can tell what was there. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => {
    return shortEscapes[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

function formatField(name: string, value: string | number | boolean, secrets: readonly string[]): string {
  const safeName = name.replace(/[^\w.-]/g, '_');
  const assigned = redact(`${safeName}=${redact(String(value), secrets)}`, secrets);
  const text = escapeControls(assigned.slice(safeName.length + 1));
  return `${safeName}=${needsQuotes.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text}`;
}
