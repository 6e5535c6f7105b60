import { type Command, Option } from "commander";
import { reasonText } from "#shared/policy/reason-text.ts";
import type { DeviceShown } from "#shared/protocol/api/device.ts";
import { deviceStatuses } from "#shared/protocol/api/order.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readPages } from "../pages.ts";
import { makeProgress } from "../progress.ts";
import { tableText } from "../table.ts";

/** What `device list` looks for. */
interface ListOptions {
  readonly search?: string;
  readonly status?: (typeof deviceStatuses)[number];
}

/** Adds `device list`. */
export function addDeviceList(group: Command, context: CommandContext): void {
  const list = group
    .command("list")
    .description("list devices by name")
    .option("--search <text>", "part of a name, owner, group, tag, serial number or address")
    .addOption(new Option("--status <status>", "only those that stand so").choices(deviceStatuses));
  answering(context, list, async (options: ListOptions) => {
    const items = await readDevices(context, options);
    const rows = items.map((device) => [
      device.id,
      device.name,
      device.status,
      device.connected ? "yes" : "no",
      device.os,
      accessText(device),
      device.groups,
      device.address4,
      device.lastSeenAt,
    ]);
    const head = [
      "ID",
      "NAME",
      "STATUS",
      "CONNECTED",
      "OS",
      "ACCESS",
      "GROUPS",
      "ADDRESS",
      "LAST SEEN",
    ];
    return { schema: "sallyport.device-list/1", data: { items }, text: tableText(head, rows) };
  });
}

/** Says what is open and closed to a device, and why the first is closed. */
function accessText({ access }: DeviceShown): string {
  const { open = 0, stepUp = 0, blocked = 0, why = null } = access ?? {};
  const parts = [
    [open, "open"],
    [stepUp, "step-up"],
    [blocked, "closed"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${said.join(", ")}${why === null ? "" : `: ${reasonText(why)}`}`;
}

/** Reads all devices that fit. */
export async function readDevices(
  context: CommandContext,
  options: ListOptions,
): Promise<readonly DeviceShown[]> {
  const api = apiOf(context);
  const { devices } = await api.ask("GET /overview");
  const progress = makeProgress(context, "read", devices.total);
  let read = 0;
  const items = await readPages(async (place) => {
    const page = await api.ask("GET /devices", { query: { ...options, ...place } });
    progress.at((read += page.items.length));
    return page;
  });
  progress.end();
  return items;
}
