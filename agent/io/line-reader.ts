/** Cuts a byte stream into UTF-8 lines and refuses to hold more than a bounded one. */
export class LineReader {
  readonly #bytesMax: number;
  readonly #take: (line: string) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #stopped = false;

  /** `bytesMax` bounds one line, its end not counted. */
  constructor(bytesMax: number, take: (line: string) => void) {
    this.#bytesMax = bytesMax;
    this.#take = take;
  }

  /** Hands out no further line, not even one that has already come. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes bytes and hands out whole lines; false where a line is too long. */
  push(bytes: Buffer): boolean {
    let start = 0;
    while (!this.#stopped) {
      const end = bytes.indexOf(10, start);
      const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (this.#heldBytes + piece.length > this.#bytesMax) return false;
      if (piece.length > 0) this.#held.push(piece);
      this.#heldBytes += piece.length;
      if (end < 0) return true;
      const line = Buffer.concat(this.#held).toString("utf8");
      this.#held = [];
      this.#heldBytes = 0;
      this.#take(line);
      start = end + 1;
    }
    return true;
  }
}
