const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A file's name as text; undefined where its bytes are no UTF-8, so that it can be no part of a key. */
export function decodeName(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
