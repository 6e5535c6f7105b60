import type { Command } from "commander";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { effectText } from "#shared/protocol/api/step-text.ts";
import { parseDurationSeconds } from "../duration.ts";
import { tableText } from "../table.ts";

const hourSeconds = 3_600;

/** Adds `request create|list|approve|deny|end`. */
export function addRequestCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("request")
    .description("time-boxed access that somebody else approves");
  addCreate(group, context);
  const list = group.command("list").description("list requests, newest first");
  answering(context, list, async () => {
    const data = await apiOf(context).ask("GET /requests");
    const rows = data.items.map((row) => [
      row.id,
      row.state,
      row.deviceName ?? row.device,
      row.resourceName ?? row.resource,
      row.role,
      row.requestedByName,
      `${row.approvals.length}/${row.approvalsNeeded}`,
      row.untilAt,
      row.reason,
    ]);
    const head = ["ID", "STATE", "DEVICE", "RESOURCE", "ROLE", "BY", "APPROVED", "UNTIL", "REASON"];
    return { schema: "sallyport.request-list/1", data, text: tableText(head, rows) };
  });
  addStep(group, context, ["approve", "say yes, as somebody else than who asked"]);
  addStep(group, context, ["deny", "say no"]);
  addStep(group, context, ["end", "end what was approved, at once"]);
}

function addCreate(group: Command, context: CommandContext): void {
  const create = group
    .command("create")
    .description("ask for a device; an approver answers")
    .argument("<resource>", "what to open")
    .requiredOption("--device <device>", "for which device")
    .requiredOption("--reason <text>", "what it is for")
    .option("--for <duration>", "12h at most", parseDurationSeconds, hourSeconds)
    .option("--role <name>", "where several rules would open it");
  answering(
    context,
    create,
    async (
      resource: string,
      options: { device: string; reason: string; for: number; role?: string },
    ) => {
      const { device, reason, role } = options;
      const body = { device, resource, reason, role, seconds: options.for };
      const data = await apiOf(context).ask("POST /requests", { body });
      return { schema: "sallyport.request/1", data, text: data.id };
    },
  );
}

function addStep(
  group: Command,
  context: CommandContext,
  [verb, what]: readonly [verb: "approve" | "deny" | "end", what: string],
): void {
  const command = group.command(verb).description(what).argument("<request>", "its id");
  answering(context, command, async (key: string) => {
    const data = await apiOf(context).ask(`POST /requests/:key/${verb}`, { params: { key } });
    const { id, state, untilAt } = data;
    const until = untilAt === null || state !== "approved" ? "" : ` until ${untilAt}`;
    const text = `${id} is ${state}${until}, ${effectText(data)}`;
    return { schema: "sallyport.request/1", data, text };
  });
}
