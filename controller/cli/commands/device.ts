import type { Command } from "commander";
import type { Answer } from "../output.ts";
import { reasonText } from "#shared/policy/reason-text.ts";
import type { DeviceDetail, DeviceShown } from "#shared/protocol/api/device.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { configProblemText } from "../config-problem.ts";
import { isStale, needText, staleText } from "#shared/protocol/api/standing-text.ts";
import { cellText, fieldsText, tableText } from "../table.ts";
import { addProofCommands } from "./device-proof.ts";
import { addDeviceList } from "./device-list.ts";
import { addBulkSteps, addSingleStep } from "./device-step.ts";

interface DeviceTraits {
  readonly group?: readonly string[];
  readonly tag?: readonly string[];
  readonly owner?: string;
  readonly serviceAccount?: string;
}

/** Adds `device list|show|set|recheck` and the steps of a device's life. */
export function addDeviceCommands(program: Command, context: CommandContext): void {
  const group = program.command("device").description("look at devices and decide about them");
  addDeviceList(group, context);
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
  addEvents(group, context);
  addProofCommands(group, context);
  addBulkSteps(group, context);
  addSingleStep(group, context, ["approve", "let a pending or unattested device (or gateway) in"]);
  addSingleStep(group, context, ["release", "end a quarantine"]);
}

function addEvents(group: Command, context: CommandContext): void {
  const events = group
    .command("events")
    .description("what a device reported, newest first")
    .argument("<device>", "its id or name");
  answering(context, events, async (key: string) => {
    const order = { params: { key }, query: { limit: 200 } };
    const data = await apiOf(context).ask("GET /devices/:key/events", order);
    const rows = data.items.map(({ receivedAt, signal, reading }) => [
      receivedAt,
      signal,
      reading === null ? "reports were lost" : readingText(reading),
    ]);
    const text = tableText(["TIME", "SIGNAL", "VALUE"], rows);
    return { schema: "sallyport.event-list/1", data, text };
  });
}

async function showDevice(context: CommandContext, key: string): Promise<Answer> {
  const device = await apiOf(context).ask("GET /devices/:key", { params: { key } });
  const facts = device.facts.map(({ signal, reading, source, observedAt, freshUntilAt, stale }) => [
    signal,
    source,
    observedAt,
    freshUntilAt,
    // The longest is the last.
    stale ? `${staleText}, was ${cellText(readingText(reading))}` : readingText(reading),
  ]);
  const levels = device.levels.map((level) => [
    level.id,
    isStale(level) ? staleText : level.verdict,
    level.needs.map((need) => `${need.signal} ${needText(need)}`),
  ]);
  const access = device.access.map((one) => [
    one.resourceName,
    one.effect,
    one.reference,
    one.reasons.map(reasonText),
  ]);
  const text = [
    fieldsText([
      ["id", device.id],
      ["name", device.name],
      ["status", device.status],
      ["connected", device.connected],
      ["configuration", configProblemText(device)],
      ["last seen", device.lastSeenAt],
      ["last cut off", device.lastCut && `${device.lastCut.tookMs} ms, ${device.lastCut.at}`],
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
    tableText(["SIGNAL", "SOURCE", "OBSERVED", "FRESH UNTIL", "VALUE"], facts),
    ...(levels.length === 0 ? [] : [tableText(["LEVEL", "VERDICT", "NEEDS"], levels)]),
    tableText(["RESOURCE", "ACCESS", "REFERENCE", "WHY"], access),
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
