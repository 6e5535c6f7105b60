import type { Command } from "commander";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { tableText } from "../table.ts";

/** Adds `passkey list|remove`; only a browser adds one, at the console's own address. */
export function addPasskeyCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("passkey")
    .description("see and take away the passkeys of administrators");
  answering(context, group.command("list").description("list passkeys, newest first"), async () => {
    const data = await apiOf(context).ask("GET /passkeys");
    const rows = data.items.map(({ id, name, admin, createdAt, lastUsedAt }) => [
      id,
      name,
      admin,
      createdAt,
      lastUsedAt ?? "never",
    ]);
    const head = ["ID", "NAME", "ADMIN", "MADE", "LAST USED"];
    return { schema: "sallyport.passkey-list/1", data, text: tableText(head, rows) };
  });
  const remove = group
    .command("remove")
    .description("take a passkey away; the sessions that stand on it end")
    .argument("<passkey>", "its id");
  answering(context, remove, async (key: string) => {
    const data = await apiOf(context).ask("POST /passkeys/:key/remove", { params: { key } });
    return { schema: "sallyport.passkey-removed/1", data, text: `removed ${data.id}` };
  });
}
