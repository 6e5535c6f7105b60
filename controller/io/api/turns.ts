/** Runs one after the other: a change is made of what is there, so changes at once would undo each other. */
export type InTurn = <T>(run: () => Promise<T>) => Promise<T>;

/** Returns turns of their own; a run that fails holds up nobody. */
export function makeTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run);
    last = next.catch(() => undefined);
    return next;
  };
}
