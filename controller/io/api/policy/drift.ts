/** Whether a folder is still what the set in force came from. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { ApiContext } from "../context.ts";
import { timeText } from "../views.ts";

/** Throws SP-632 where the set in force came from elsewhere, or the folder holds one that was replaced. */
export async function refuseDrift(
  { store }: Pick<ApiContext, "store">,
  version: string,
): Promise<void> {
  const changes = await store.read("policy_change.list", undefined);
  const done = changes.filter(({ status }) => status === "done");
  const [last] = done;
  if (last === undefined) return;
  if (last.source !== "folder") {
    const from = last.source === "files" ? "single files" : `a ${last.kind}`;
    const why = `the set in force came from ${from} by ${last.author} at ${timeText(last.settled_at)}: ${last.reason}`;
    throw new CodedError("SP-632", { why });
  }
  const older = done.find((change) => change.version === version);
  if (older === undefined) return;
  const undone = done.indexOf(older);
  const why = `the folder holds the set of change ${older.id}, which ${undone} later changes replaced`;
  throw new CodedError("SP-632", { why });
}
