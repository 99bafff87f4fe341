/** An empty part, `.` or `..` (trap 25), and the objects that consoles make for folders: no file of a directory has such a key. */
const noFile = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

export function couldBeFile(key: string): boolean {
  return !noFile.test(key);
}
