/** An error and what it was caused by, as one text for the log. */

const depthLimit = 5;

/** `message (hint); caused by: Name: message; …`, five errors deep at most; a text that a cause repeats is told once. Redaction and escaping are the logger's. */
export function errorText(error: unknown): string {
  const texts: string[] = [];
  let current = error;
  for (let depth = 0; depth < depthLimit && current !== undefined; depth += 1) {
    const text = ownText(current);
    if (!texts.includes(text)) texts.push(text);
    current = causeOf(current);
  }
  return texts.join('; caused by: ');
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function ownText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' || error.name === 'BackupError' ? '' : `${error.name}: `;
  const several = error instanceof AggregateError ? error.errors.map(messageOf).join(' | ') : '';
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  return `${name}${error.message}${several === '' ? '' : ` [${several}]`}${hint}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
