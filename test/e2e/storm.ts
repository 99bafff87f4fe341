/**
 * A storm in a directory: files that are made, rewritten in place, renamed and removed, folders that come, move and go, many at once. Every file is
 * written in two steps with a pause in between, and says how long it is: whoever has a part of one has a half-written file.
 */
import { mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../src/errors.ts';
import { Random } from '../support/random.ts';

export interface StormOptions {
  root: string;
  files: number;
  seed: number;
  /** Called after that share of all steps. */
  at?: { share: number; work: () => Promise<void> }[];
}

const handsAtOnce = 16;
const longestPauseMs = 60;
/** As likely a file is rewritten, renamed or removed as it is made. */
const stepsPerFile = 2;

export function isWhole(content: string): boolean {
  const match = /^(\d+) (\d+)\n/.exec(content);
  return match !== null && content.length === match[0].length + Number(match[2]);
}

export async function storm({ root, files, seed, at = [] }: StormOptions): Promise<void> {
  const random = new Random(seed);
  const steps = files * stepsPerFile;
  const due = [...at];
  let step = 0;
  /** Two hands in one file would leave something that nobody has written. */
  const busy = new Set<number>();
  // One after the other, while the storm goes on.
  let works = Promise.resolve();
  const pathOf = (number: number): string => join(root, `d${number % 23}`, `s${number % 7}`, `f${number}`);
  const hand = async (): Promise<void> => {
    while (step < steps) {
      step += 1;
      const [next] = due;
      if (next !== undefined && step >= next.share * steps) {
        due.shift();
        works = works.then(next.work);
        await works;
      }
      // The first steps make every file once.
      const isFirst = step <= files;
      const [number, other] = [isFirst ? step - 1 : random.below(files), random.below(files)];
      const what = isFirst ? 0 : random.below(100);
      if (busy.has(number) || busy.has(other)) continue;
      busy.add(number).add(other);
      try {
        if (what < 50) await write(pathOf(number), step, random);
        else if (what < 75) await unlink(pathOf(number));
        else if (what < 97) await rename(pathOf(number), pathOf(other));
        else if (what === 97) await rm(join(pathOf(number), '..'), { recursive: true });
        else
          await rename(
            join(root, `d${number % 23}`),
            join(root, `d${other % 23}`, `moved${random.below(9)}`),
          );
      } catch (error) {
        // Something else is there at the moment, or nothing.
        if (systemErrorCode(error) === undefined) throw error;
      } finally {
        busy.delete(number);
        busy.delete(other);
      }
    }
  };
  await Promise.all(Array.from({ length: handsAtOnce }, hand));
  await works;
  await writeFile(join(root, 'last'), '0 0\n');
}

async function write(path: string, id: number, random: Random): Promise<void> {
  const body = String(id).repeat(1 + random.below(400));
  const content = `${id} ${body.length}\n${body}`;
  await mkdir(join(path, '..'), { recursive: true });
  const handle = await open(path, 'w');
  try {
    const half = random.below(content.length);
    await handle.write(content.slice(0, half));
    if (random.below(10) === 0)
      await new Promise((resolve) => setTimeout(resolve, random.below(longestPauseMs)));
    await handle.write(content.slice(half));
  } finally {
    await handle.close();
  }
}

/** Of what is in a directory now, by path. */
export async function contentsBelow(root: string, folder = ''): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder + entry.name;
    if (entry.isDirectory()) {
      for (const [key, text] of await contentsBelow(root, `${path}/`)) contents.set(key, text);
    } else contents.set(path, await readFile(join(root, path), 'utf8'));
  }
  return contents;
}
