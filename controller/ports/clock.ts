/** Time. `wake` calls back once after `delayMs` and returns how to forget it. */
export interface Clock {
  nowAt(): number;
  monotonicMs(): number;
  wake(delayMs: number, run: () => void): () => void;
}
