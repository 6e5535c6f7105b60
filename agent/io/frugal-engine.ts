import { isSea } from "node:sea";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Of V8's compilers leaves only the one that makes really hot code fast, since the two quick ones would
 * compile what an idle agent runs now and then. Not as arguments of the executable: a program started
 * with them may not use what V8 compiled of Node when Node was built, and starts a third later.
 */
export function compileLittle(): void {
  if (!isSea()) return;
  setFlagsFromString("--no-sparkplug");
  setFlagsFromString("--no-maglev");
}

type Collect = (how: { execution: "sync"; type: "major"; flavor: "last-resort" }) => void;

/**
 * Starting needs a third more memory than running, and V8 would keep it until it is needed again,
 * which on an idle laptop is never. Only in the packaged executable.
 */
export function giveBackMemory(): void {
  if (!isSea()) return;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ execution: "sync", type: "major", flavor: "last-resort" });
}
