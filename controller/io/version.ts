/** What build this controller is, as metrics and `--version` tell it. */
import { join } from "node:path";
import { commitOfClone } from "./commit.ts";

/** Put in by packaging; a clone has none and is asked itself. */
declare const packagedCommit: string | undefined;

/** The version of this controller. */
export const controllerVersion = "0.1.0";

/** Returns the commit that this controller was built from or runs in; `unknown` for a bare copy. */
export function controllerCommit(): string {
  if (typeof packagedCommit === "string") return packagedCommit;
  return commitOfClone(join(import.meta.dirname, "../.."));
}
