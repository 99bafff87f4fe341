/** Lines of a result that may have millions, written in larger pieces. */
import type { Context } from './context.ts';

const pieceCharacters = 1 << 16;

export class Lines {
  readonly #write: Context['write'];
  #piece = '';
  #hasReader = true;

  constructor({ write }: Pick<Context, 'write'>) {
    this.#write = write;
  }

  /** @returns false once the reader has gone away: further lines are for nobody */
  async add(line: string): Promise<boolean> {
    this.#piece += `${line}\n`;
    if (this.#piece.length >= pieceCharacters) await this.end();
    return this.#hasReader;
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (piece !== '') this.#hasReader = await this.#write(piece);
  }
}
