import { type Command, Option } from "commander";
import type { AnswerOf, QueryOf } from "#shared/protocol/api/contract.ts";
import type { DeviceShown } from "#shared/protocol/api/device.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { makeProgress } from "../progress.ts";
import { tableText } from "../table.ts";

const pageRows = 1_000;
const statuses = ["pending", "unattested", "active", "quarantined", "revoked"] as const;

/** What `device list` looks for. */
interface ListOptions {
  readonly search?: string;
  readonly status?: (typeof statuses)[number];
}

/** Adds `device list`. */
export function addDeviceList(group: Command, context: CommandContext): void {
  const list = group
    .command("list")
    .description("list devices by name")
    .option("--search <text>", "part of a name, owner, group, tag, serial number or address")
    .addOption(new Option("--status <status>", "only those that stand so").choices(statuses));
  answering(context, list, async (options: ListOptions) => {
    const items = await readDevices(context, options);
    const rows = items.map((device) => [
      device.id,
      device.name,
      device.status,
      device.connected ? "yes" : "no",
      device.os,
      device.groups,
      device.address4,
      device.lastSeenAt,
    ]);
    const head = ["ID", "NAME", "STATUS", "CONNECTED", "OS", "GROUPS", "ADDRESS", "LAST SEEN"];
    return { schema: "sallyport.device-list/1", data: { items }, text: tableText(head, rows) };
  });
}

/** Reads all devices that fit, page by page. */
export async function readDevices(
  context: CommandContext,
  options: ListOptions,
): Promise<readonly DeviceShown[]> {
  const api = apiOf(context);
  const items: DeviceShown[] = [];
  const { devices } = await api.ask("GET /overview");
  const progress = makeProgress(context, "read", devices.total);
  let after: string | null = "";
  while (after !== null) {
    const query: QueryOf<"GET /devices"> = { ...options, limit: pageRows, after };
    const page: AnswerOf<"GET /devices"> = await api.ask("GET /devices", { query });
    items.push(...page.items);
    progress.at(items.length);
    after = page.nextAfter;
  }
  progress.end();
  return items;
}
