/** Things that arrive, for tests that wait for them instead of sleeping. */
export class Queue<T> {
  readonly #items: T[] = [];
  #wake: () => void = () => undefined;

  /** Takes a thing in. */
  readonly push = (item: T): void => {
    this.#items.push(item);
    this.#wake();
  };

  /** Removes and returns the first thing that is wanted, when it has come. */
  async next(wanted: (item: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const index = this.#items.findIndex(wanted);
      if (index >= 0) return this.#items.splice(index, 1)[0] as T;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Returns what has come and was not taken. */
  get rest(): readonly T[] {
    return this.#items;
  }
}
