/** The keys of the objects that restores are measured with: in a hundred folders. */
export function restoreKey(n: number): string {
  return `folder-${String(n % 100).padStart(2, '0')}/object-${String(n).padStart(8, '0')}`;
}
