/** What every call takes beside what it is about. */
export interface CallOptions {
  /** When it is aborted, the call throws its reason; a request under way is broken off. */
  signal?: AbortSignal | undefined;
}

/** The SDK's per-request options for ours. */
export function abortable(options: CallOptions): { abortSignal?: AbortSignal } {
  return options.signal === undefined ? {} : { abortSignal: options.signal };
}

/** The same for copies and large uploads: minutes may pass before the first byte of the answer, so only the limit on silence holds. */
export function patient(options: CallOptions): { abortSignal?: AbortSignal; requestTimeout: number } {
  return { ...abortable(options), requestTimeout: 0 };
}
