import type { Command } from "commander";
import type { Answer } from "../output.ts";
import type { AnswerOf, QueryOf } from "#shared/protocol/api/contract.ts";
import type { DeviceDetail, DeviceShown } from "#shared/protocol/api/device.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { configProblemText } from "../config-problem.ts";
import { fieldsText, tableText } from "../table.ts";

const steps = [
  ["approve", "let a pending or unattested device (or gateway) in"],
  ["quarantine", "end all access of a device at once; it stays enrolled"],
  ["release", "end a quarantine"],
  ["revoke", "end a device or gateway for good"],
] as const;

interface DeviceTraits {
  readonly group?: readonly string[];
  readonly tag?: readonly string[];
  readonly owner?: string;
  readonly serviceAccount?: string;
}

/** Adds `device list|show|set|recheck` and the steps of a device's life. */
export function addDeviceCommands(program: Command, context: CommandContext): void {
  const group = program.command("device").description("look at devices and decide about them");
  answering(context, group.command("list").description("list devices by name"), () =>
    listDevices(context),
  );
  const show = group
    .command("show")
    .description("show a device with its facts and what it may reach")
    .argument("<device>", "its id or name");
  answering(context, show, (key: string) => showDevice(context, key));
  const set = group
    .command("set")
    .description("set what administrators say of a device")
    .argument("<device>", "its id or name")
    .option("--group <name...>", "all groups it shall have")
    .option("--tag <name...>", "all tags it shall have")
    .option("--owner <user>", "whose it is: a user, or an administrator by name; none = nobody's")
    .option("--service-account <name>", "the account that it runs under; none = no account");
  answering(context, set, async (key: string, options: DeviceTraits) => {
    const { group, tag, owner, serviceAccount } = options;
    const body = {
      groups: group,
      tags: tag,
      owner: owner === "none" ? null : owner,
      serviceAccount: serviceAccount === "none" ? null : serviceAccount,
    };
    // What is named is set whole, so what it was before does not matter.
    const order = { params: { key }, body, ifMatch: "*" };
    const data = await apiOf(context).ask("PATCH /devices/:key", order);
    return { schema: "sallyport.device-set/1", data, text: `${data.name} is set` };
  });
  const recheck = group
    .command("recheck")
    .description("ask a device to look at its facts again")
    .argument("<device>", "its id or name");
  answering(context, recheck, async (key: string) => {
    const order = { params: { key }, body: {} };
    const data = await apiOf(context).ask("POST /devices/:key/recheck", order);
    const text = data.asked ? "asked" : "not connected; it will report when it is back";
    return { schema: "sallyport.device-recheck/1", data, text };
  });
  for (const [step, description] of steps) {
    const command = group
      .command(step)
      .description(description)
      .argument("<device>", "its id or name");
    answering(context, command, (key: string) => takeStep(context, key, step));
  }
}

/** Takes a step of an identity's life. */
export async function takeStep(
  context: CommandContext,
  key: string,
  step: (typeof steps)[number][0],
): Promise<Answer> {
  const data = await apiOf(context).ask(`POST /identities/:key/${step}`, { params: { key } });
  return { schema: "sallyport.identity/1", data, text: `${data.name} is ${data.status}` };
}

async function listDevices(context: CommandContext): Promise<Answer> {
  const items: DeviceShown[] = [];
  let after: string | null = "";
  while (after !== null) {
    const query: QueryOf<"GET /devices"> = { limit: 1_000, after };
    const page: AnswerOf<"GET /devices"> = await apiOf(context).ask("GET /devices", { query });
    items.push(...page.items);
    after = page.nextAfter;
  }
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
}

async function showDevice(context: CommandContext, key: string): Promise<Answer> {
  const device = await apiOf(context).ask("GET /devices/:key", { params: { key } });
  const facts = device.facts.map(({ signal, reading, freshUntilAt }) => [
    signal,
    readingText(reading),
    freshUntilAt,
  ]);
  const access = device.access.map((one) => [
    one.resourceName,
    one.effect,
    one.reference,
    one.reasons.map((reason) => reason.code),
  ]);
  const text = [
    fieldsText([
      ["id", device.id],
      ["name", device.name],
      ["status", device.status],
      ["connected", device.connected],
      ["configuration", configProblemText(device)],
      ["last seen", device.lastSeenAt],
      ["risk", device.risk && riskText(device.risk)],
      ["groups", device.groups],
      ["tags", device.tags],
      ["owner", device.owner],
      ["service account", device.serviceAccount],
      ["managed identity", device.attestation?.subject],
      ["its serial", device.attestation?.serial],
      ["addresses", [device.address4, device.address6]],
    ]),
    ...inventoryText(device),
    tableText(["SIGNAL", "VALUE", "FRESH UNTIL"], facts),
    tableText(["RESOURCE", "ACCESS", "REFERENCE", "REASONS"], access),
  ].join("\n\n");
  return { schema: "sallyport.device/1", data: device, text };
}

function inventoryText({ inventory }: DeviceDetail): readonly string[] {
  const items = Object.entries(inventory?.items ?? {});
  return items.length === 0 ? [] : [tableText(["PART", "WHAT"], items)];
}

function readingText(reading: DeviceDetail["facts"][number]["reading"]): unknown {
  if (reading.kind === "known") return reading.value;
  return `${reading.kind} ${reading.kind === "unknown" ? reading.reason : reading.proof}`;
}

function riskText({ session, identity, contributions }: NonNullable<DeviceShown["risk"]>): string {
  const seen = contributions
    .map(
      ({ kind, points, detail }) => `${kind} ${points}${detail === undefined ? "" : `: ${detail}`}`,
    )
    .join(", ");
  return `session ${session}, identity ${identity}${seen === "" ? "" : ` (${seen})`}`;
}
