import { exitCodes } from '../exit-codes.ts';

/** Done in part: what failed is listed in the result; an exit status of 0 would be a lie (trap 30). */
export function endInPart(): void {
  process.exitCode = exitCodes.PARTIAL;
}
