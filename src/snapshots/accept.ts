/** What to do about a snapshot that is flagged for its few keys (trap 28): the same in every message. */
export function acceptHint({ prefix }: { prefix: string }): string {
  const ofPrefix = prefix === '' ? '' : ` --prefix ${JSON.stringify(prefix)}`;
  return `Look at the bucket. If it is right as it is, run "backup-my-bucket snapshot${ofPrefix} --accept-shrunk": that one is not flagged, and the next are compared with it.`;
}
