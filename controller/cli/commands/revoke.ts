import type { Command } from "commander";
import { answering, apiOf, type CommandContext } from "../command-context.ts";

/** What can be ended for good: its collection in the API, and its words. */
export interface Revocable {
  readonly collection: "tokens" | "enrol-keys";
  readonly argument: string;
  readonly description: string;
  readonly schema: string;
}

/** Adds `revoke` to a group. */
export function addRevoke(group: Command, context: CommandContext, what: Revocable): void {
  const revoke = group
    .command("revoke")
    .description(what.description)
    .argument(what.argument, "its id or name");
  answering(context, revoke, async (key: string) => {
    const route = `POST /${what.collection}/:key/revoke` as const;
    const data = await apiOf(context).ask(route, { params: { key } });
    return { schema: what.schema, data, text: `revoked ${data.id}` };
  });
}
