// The lab's side of line-server.ts.
import { LabFailure } from "./command.ts";
import type { LogLine, Program } from "./program.ts";

let lastId = 0;

/** Asks one of the lab's own programs; its `error` becomes a LabFailure. */
export async function ask(
  program: Program,
  request: { readonly verb: string; readonly [field: string]: unknown },
  deadlineMs = 30_000,
): Promise<LogLine> {
  const id = (lastId += 1);
  const since = program.mark();
  program.send({ id, ...request });
  const answer = await program.waitFor((line) => line["id"] === id, { deadlineMs, since });
  if (answer["error"] !== undefined) {
    throw new LabFailure(
      "flow",
      `${program.name} ${request.verb}: ${JSON.stringify(answer["error"])}`,
    );
  }
  return answer;
}
