import type { Command } from "commander";
import { matrixRowsMax } from "#shared/protocol/api/order.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import { reasonText } from "#shared/policy/reason-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { parseCount } from "../duration.ts";
import { readPages } from "../pages.ts";
import { fieldsText, tableText } from "../table.ts";

/** Adds `overview`: the fleet in numbers, and what needs somebody; exit 1 where something does. */
export function addOverviewCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("overview")
    .description("the fleet in numbers, and what needs somebody");
  answering(context, command, async () => {
    const data = await apiOf(context).ask("GET /overview");
    const { devices, gateways, cutoff, waiting } = data;
    const p99 = cutoff?.p99Ms ?? null;
    const text = fieldsText([
      ["devices", `${devices.total}, ${devices.connected} connected`],
      ["with all open", devices.clear],
      ["with something closed", devices.blocked],
      ["gateways", `${gateways.connected} of ${gateways.total} connected`],
      ["resources", data.resources],
      ["policy set", data.policyVersion?.slice(0, 12)],
      ["cut-off p99", p99 === null ? null : `${p99} ms at most, of ${cutoff?.count ?? 0}`],
      ["wait to be let in", waiting.approvals],
      ["requests for access", waiting.requests],
      ["policy change", waiting.policyChange],
      ["keys that end soon", data.expiringKeys.map(({ name }) => name)],
    ]);
    return { schema: "sallyport.overview/1", data, text };
  });
}

interface AccessOptions {
  readonly device?: string;
  readonly resource?: string;
}

/** Adds `access list`: who reaches what now, and why not. */
export function addAccessCommands(program: Command, context: CommandContext): void {
  const group = program.command("access").description("who reaches what now, and by which leases");
  const list = group
    .command("list")
    .description("each device with each resource that a rule names for it")
    .option("--device <text>", "part of a device's name, owner, group or tag")
    .option("--resource <text>", "part of a resource's name or tag");
  answering(context, list, async ({ device: search, resource }: AccessOptions) => {
    const api = apiOf(context);
    const columns = new Map<string, string>();
    let resourcesMore = 0;
    const items = await readPages(
      async (place) => {
        const page = await api.ask("GET /explorer", { query: { search, resource, ...place } });
        for (const { id, name } of page.resources) columns.set(id, name);
        resourcesMore = page.resourcesMore;
        return page;
      },
      { pageRows: matrixRowsMax },
    );
    const rows = items.flatMap(({ name, cells }) =>
      cells.map((cell) => [
        name,
        columns.get(cell.resource),
        cell.effect,
        cell.why === null ? cell.determinedBy : reasonText(cell.why),
        cell.reference,
      ]),
    );
    const note =
      resourcesMore === 0 ? undefined : `${resourcesMore} more resources: name one by --resource.`;
    const resources = [...columns].map(([id, name]) => ({ id, name }));
    const data = { items, resources, resourcesMore };
    const text = tableText(["DEVICE", "RESOURCE", "ACCESS", "WHY", "REFERENCE"], rows);
    return { schema: "sallyport.access-list/1", data, text, note };
  });
  const leases = group
    .command("leases")
    .description("leases that gateways hold now, the one that ends first at the head")
    .option("--device <device>", "only of this device");
  answering(context, leases, async ({ device }: AccessOptions) => {
    const api = apiOf(context);
    const items = await readPages((place) =>
      api.ask("GET /grants", { query: { device, ...place } }),
    );
    const rows = items.map((one) => [
      one.deviceName ?? one.device,
      one.gateway,
      one.resources,
      one.issuedAt,
      one.expiresAt,
    ]);
    const head = ["DEVICE", "GATEWAY", "RESOURCES", "ISSUED", "ENDS"];
    return { schema: "sallyport.lease-list/1", data: { items }, text: tableText(head, rows) };
  });
}

interface SettingOptions {
  readonly keepReports?: number;
  readonly keepOthers?: number;
}

/** Adds `setting show|set`. */
export function addSettingCommands(program: Command, context: CommandContext): void {
  const group = program.command("setting").description("what holds for the controller as a whole");
  const show = group.command("show").description("show the settings");
  answering(context, show, async () => {
    const data = await apiOf(context).ask("GET /settings");
    return { schema: "sallyport.settings/1", data, text: settingsText(data) };
  });
  const set = group
    .command("set")
    .description("change settings; others stay")
    .option("--keep-reports <days>", "how long reports of devices are kept", parseCount)
    .option("--keep-others <days>", "how long decisions, leases, audit are kept", parseCount);
  answering(context, set, async ({ keepReports, keepOthers }: SettingOptions) => {
    if (keepReports === undefined && keepOthers === undefined) {
      throw new CodedError("SP-703", { why: "say what to set: --keep-reports or --keep-others" });
    }
    const api = apiOf(context);
    const held = await api.look("GET /settings");
    const { eventDays = 30, otherDays = 400 } = held?.answer.retention ?? {};
    const retention = { eventDays: keepReports ?? eventDays, otherDays: keepOthers ?? otherDays };
    const order = { body: { retention }, ifMatch: held?.tag };
    const data = await api.ask("PATCH /settings", order);
    return { schema: "sallyport.settings/1", data, text: settingsText(data) };
  });
}

function settingsText(data: {
  readonly trustDomain: string;
  readonly agentsUrl: string;
  readonly rootPin: string;
  readonly network: { readonly pool4: string; readonly pool6: string };
  readonly secondApprover: boolean;
  readonly retention: { readonly eventDays: number; readonly otherDays: number };
}): string {
  return fieldsText([
    ["trust domain", data.trustDomain],
    ["agents reach it at", data.agentsUrl],
    ["pin of the root", data.rootPin],
    ["tunnel addresses", [data.network.pool4, data.network.pool6]],
    ["second approver", data.secondApprover],
    ["reports are kept", `${data.retention.eventDays} d`],
    ["all else is kept", `${data.retention.otherDays} d`],
  ]);
}
