import type { Command } from "commander";
import { effectText } from "#shared/protocol/api/step-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readPages } from "../pages.ts";
import { fieldsText, tableText } from "../table.ts";

interface ListOptions {
  readonly search?: string;
}

/** Adds `user list|show|sign-out|deactivate|activate` and `group list`. */
export function addUserCommands(program: Command, context: CommandContext): void {
  const group = program.command("user").description("people whom providers and directories bring");
  const list = group.command("list").description("list people by name");
  list.option("--search <text>", "only whose name or address holds it");
  answering(context, list, async ({ search }: ListOptions) => {
    const api = apiOf(context);
    const items = await readPages((place) =>
      api.ask("GET /users", { query: { search, ...place } }),
    );
    const rows = items.map((user) => [
      user.id,
      user.name,
      user.active ? "active" : "deactivated",
      user.source,
      user.groups.join(","),
      user.lastSignInAt,
    ]);
    const head = ["ID", "NAME", "STATE", "FROM", "GROUPS", "SIGNED IN"];
    return { schema: "sallyport.user-list/1", data: { items }, text: tableText(head, rows) };
  });
  const show = group.command("show").argument("<user>", "name or id").description("show a person");
  answering(context, show, async (key: string) => {
    const data = await apiOf(context).ask("GET /users/:key", { params: { key } });
    const text = fieldsText([
      ["id", data.id],
      ["name", `${data.name} (${data.displayName})`],
      ["state", data.active ? "active" : "deactivated"],
      ["groups", data.groups.join(", ")],
      ...data.sessions.map(({ deviceName, expiresAt, acr }): [string, string] => [
        "signed in",
        `${deviceName} until ${expiresAt ?? "?"}${acr === "" ? "" : `, ${acr}`}`,
      ]),
    ]);
    return { schema: "sallyport.user/1", data, text };
  });
  addStep(group, context, ["sign-out", "end every sign-in of a person, and what it opened, now"]);
  addStep(group, context, ["deactivate", "end a person's access now, and let nobody in by it"]);
  addStep(group, context, ["activate", "let a person sign in again"]);
  const groups = program.command("group").description("groups of people");
  answering(context, groups.command("list").description("list groups by name"), async () => {
    const data = await apiOf(context).ask("GET /groups");
    const rows = data.items.map(({ id, name, source, members }) => [id, name, source, members]);
    const text = tableText(["ID", "NAME", "FROM", "MEMBERS"], rows);
    return { schema: "sallyport.group-list/1", data, text };
  });
}

function addStep(
  group: Command,
  context: CommandContext,
  [step, description]: readonly ["sign-out" | "deactivate" | "activate", string],
): void {
  const command = group.command(step).argument("<user>", "name or id").description(description);
  answering(context, command, async (key: string) => {
    const data = await apiOf(context).ask(`POST /users/:key/${step}`, { params: { key } });
    const text = `${data.name}: ${data.active ? "active" : "deactivated"}, ${effectText(data)}`;
    return { schema: "sallyport.user-step/1", data, text };
  });
}
