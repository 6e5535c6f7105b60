import { type Command, InvalidArgumentError } from "commander";
import type { PolicyPlan, PolicySimulation } from "#shared/protocol/api/policy.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readSetFiles } from "../documents.ts";
import { parseCount } from "../duration.ts";
import type { Answer } from "../output.ts";
import { waiting } from "../progress.ts";
import { simulationBody, type SimulateOptions } from "../simulation-options.ts";
import { unmetText } from "#shared/policy/reason-text.ts";
import { countText, tableText } from "../table.ts";

const saidNo = 1;
/** Changes that people are shown, and that programs get. */
const [shownMax, listedMax] = [50, 10_000];

/** Adds `policy plan`, `diff` and `simulate`: what a change would do; none of them changes anything. */
export function addPolicyPlanCommands(group: Command, context: CommandContext): void {
  addPlan(group, context);
  addDiff(group, context);
  addSimulate(group, context);
}

interface PlanOptions {
  readonly from?: string;
  readonly kept?: string;
  readonly days: number;
}

function addPlan(group: Command, context: CommandContext): void {
  const plan = group
    .command("plan")
    .description("show who would gain or lose what, now and over the last days; changes nothing")
    .argument("[files...]", "YAML documents of one set; - is stdin")
    .option("--from <folder>", "all *.yaml of a folder")
    .option(
      "--kept <version>",
      "a set that was kept, by the first characters of its version, 8 at least",
    )
    .option("--days <n>", "days to look back, 0 to 30", parseDays, 7);
  answering(context, plan, async (files: string[], options: PlanOptions) => {
    const { kept, days, from } = options;
    const set = kept === undefined ? { files: readSetFiles({ files, from }) } : { version: kept };
    const limit = context.json ? listedMax : shownMax;
    const body = { ...set, days, limit };
    const asked = apiOf(context).ask("POST /policies/plan", { body });
    return planAnswer(await waiting(context, "planning", asked));
  });
}

function parseDays(text: string): number {
  const days = text === "0" ? 0 : parseCount(text);
  if (days > 30) throw new InvalidArgumentError("write 0 to 30");
  return days;
}

/** Answers with who would gain and lose; exit 1 where anybody would lose. */
export function planAnswer(data: PolicyPlan): Answer {
  const { current, past, documents } = data;
  const losing = (past?.days ?? []).some((day) => day.losing.length > 0);
  const shutOut = current.closesEverything ? ["anybody"] : current.lockedOut;
  const text = [
    `from ${data.from?.slice(0, 12) ?? "nothing"} to ${data.to.slice(0, 12)}`,
    ...documents.map(({ what, name, change }) => `  ${change} ${what} ${name}`),
    `now: of ${countText(current.moments, "device")} ${current.devicesLosing} lose and ${current.devicesGaining} gain access`,
    ...(current.changes.length === 0 ? [] : [accessTable(current.changes)]),
    ...(current.truncated ? [moreText(current)] : []),
    ...(past === null ? [] : pastLines(past)),
    ...shutOut.map((who) => `no access would be left for ${who}`),
    `plan ${data.plan}`,
  ].join("\n");
  const no = current.devicesLosing > 0 || losing || shutOut.length > 0;
  return { schema: "sallyport.policy-plan/1", data, text, exit: no ? saidNo : 0 };
}

function moreText({ gained, lost, changes }: PolicyPlan["current"]): string {
  return `… and ${gained + lost - changes.length} more (--json lists up to ${listedMax})`;
}

function accessTable(changes: PolicyPlan["current"]["changes"]): string {
  const rows = changes.map(({ deviceName, resource, before, after, because }) => [
    deviceName,
    resource,
    `${before} -> ${after}`,
    `${because.before.join(" ") || "no rule"} -> ${because.after.join(" ") || "no rule"}`,
  ]);
  return tableText(["DEVICE", "RESOURCE", "ACCESS", "BY"], rows);
}

const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

function pastLines({ moments, days }: NonNullable<PolicyPlan["past"]>): readonly string[] {
  const lines = [`past: ${countText(moments, "recorded report")} looked at`];
  for (const { day, losing, gaining } of days) {
    const weekday = weekdayNames[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "";
    for (const [names, verb] of [
      [losing, "lost"],
      [gaining, "gained"],
    ] as const) {
      if (names.length === 0) continue;
      const shown = names.slice(0, 20).join(", ");
      const more = names.length > 20 ? ", …" : "";
      const devices = names.length === 1 ? "device" : "devices";
      lines.push(
        `  ${weekday} ${day}: ${names.length} ${devices} would have ${verb} access: ${shown}${more}`,
      );
    }
  }
  return lines;
}

interface DiffOptions {
  readonly from?: string;
  readonly before?: string;
  readonly kept?: string;
}

function addDiff(group: Command, context: CommandContext): void {
  const diff = group
    .command("diff")
    .description("show what differs between two sets, by name")
    .argument("[files...]", "YAML documents of the newer set; - is stdin")
    .option("--from <folder>", "the newer set: all *.yaml of a folder")
    .option("--before <version>", "the older set; the one in force unless said otherwise")
    .option("--kept <version>", "the newer set, where it was kept");
  answering(context, diff, async (files: string[], options: DiffOptions) => {
    const { from, before, kept } = options;
    const newer = kept === undefined ? { files: readSetFiles({ files, from }) } : { version: kept };
    const body = { ...newer, ...(before === undefined ? {} : { before }) };
    const data = await apiOf(context).ask("POST /policies/diff", { body });
    const rows = data.changes.map(({ change, what, name }) => `${change} ${what} ${name}`);
    const text = rows.length === 0 ? "no difference" : rows.join("\n");
    return { schema: "sallyport.policy-diff/1", data, text, exit: rows.length === 0 ? 0 : saidNo };
  });
}

function addSimulate(group: Command, context: CommandContext): void {
  const collect = (value: string, all: readonly string[] = []) => [...all, value];
  const simulate = group
    .command("simulate")
    .description("answer a request that nobody made; changes nothing")
    .argument("[files...]", "YAML documents of a set to ask; the set in force without them")
    .option("--from <folder>", "all *.yaml of a folder")
    .option("--device <device>", "start from this device as it is (id or name)")
    .option("--fact <signal=value>", "a fact; `null` = not reported; may come often", collect)
    .option("--group <group>", "a group of the device instead of its own; may come often", collect)
    .option("--tag <tag>", "a tag of the device instead of its own; may come often", collect)
    .option("--service-account <name>", "the account that the machine runs under")
    .option("--user <id>", "a signed-in user")
    .option("--strength <strength>", "how the user signed in: single, mfa, phishing_resistant")
    .option("--elevation <role>", "a role that is live; may come often", collect)
    .option("--risk <points>", "risk of session and identity, 0 to 100")
    .option("--country <code>", "where the device's public address is")
    .option("--at <instant>", "another time, as 2026-11-24T09:00:00Z")
    .option("--resource <name>", "only this resource");
  answering(context, simulate, async (files: string[], options: SimulateOptions) => {
    const body = simulationBody(files, options);
    return simulatedAnswer(await apiOf(context).ask("POST /policies/simulate", { body }));
  });
}

function simulatedAnswer(data: PolicySimulation): Answer {
  const rows = data.answers.map(({ resource, effect, determinedBy, unmet }) => [
    resource,
    effect,
    determinedBy,
    unmet.map(unmetText),
  ]);
  const text = tableText(["RESOURCE", "ACCESS", "BY", "WHY NOT"], rows);
  const opens = data.answers.some(({ effect }) => effect === "allow");
  return { schema: "sallyport.policy-simulation/1", data, text, exit: opens ? 0 : saidNo };
}
