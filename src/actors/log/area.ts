/** Nothing more is put into one that has reached it; what one read brings may still go beyond. */
export const MOST_BYTES = 2 ** 29;

/** Memory that can grow; what is in it stays where it is. */
export interface Area {
  /** Another one after each grow(). */
  readonly bytes: Buffer;
  /** At least so many bytes. */
  grow(least: number): void;
  /** Nothing is in it that anybody needs: what it has taken beyond its usual size is given back. */
  shrink(): void;
}

/** Memory of this process. */
export class OwnArea implements Area {
  readonly #usual: number;
  #bytes: Buffer;

  constructor(usual: number) {
    this.#usual = usual;
    this.#bytes = Buffer.allocUnsafeSlow(usual);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }

  shrink(): void {
    if (this.#bytes.length > 16 * this.#usual) this.#bytes = Buffer.allocUnsafeSlow(this.#usual);
  }
}
