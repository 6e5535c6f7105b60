import { type Command, Option } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ChangeRulesShown, PolicyStatus } from "#shared/protocol/api/policy.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import type { Answer } from "../output.ts";
import { fieldsText, tableText } from "../table.ts";

const halted = 1;

const steps = [
  ["approve", "agree to a change that waits; its author cannot"],
  ["deny", "throw away a change that waits"],
  ["resume", "let a halted roll-out go on: what is lost so far is meant"],
  ["abort", "take the new set back from the devices that have it"],
] as const;

/** Another one may be under way by the time that somebody agrees, so that is said. */
const changeArguments = {
  looked: ["<change>", "its number, as `policy status` shows it"],
  underWay: ["[change]", "its number; the one under way unless said otherwise"],
} as const;

/** Adds `policy status|history|show|rules` and the steps of a change that is under way. */
export function addPolicyChangeCommands(group: Command, context: CommandContext): void {
  const status = group
    .command("status")
    .description("what is in force, and what is on its way; exit 1 when it is halted");
  answering(context, status, async () => statusAnswer(await readStatus(context)));
  const history = group.command("history").description("who put which set in force, and why");
  answering(context, history, async () => {
    const data = await apiOf(context).ask("GET /policies/changes");
    const rows = data.items.map((one) => [
      one.id,
      one.version.slice(0, 12),
      one.kind,
      one.status,
      one.createdAt,
      one.author,
      one.approver,
      one.reason,
    ]);
    const head = ["CHANGE", "VERSION", "KIND", "STATUS", "TIME", "AUTHOR", "APPROVER", "REASON"];
    return { schema: "sallyport.policy-history/1", data, text: tableText(head, rows) };
  });
  addShow(group, context);
  addRules(group, context);
  for (const [step, description] of steps) {
    const [name, meaning] = changeArguments[step === "approve" ? "looked" : "underWay"];
    const command = group
      .command(step)
      .description(description)
      .argument(name, meaning)
      .requiredOption("--reason <text>", "why; kept with the change");
    answering(context, command, async (change: string | undefined, options: { reason: string }) => {
      const api = apiOf(context);
      const number = change ?? (await openChange(context));
      const data =
        step === "approve"
          ? await api.ask("POST /policies/changes/:change/approve", {
              params: { change: number },
              body: options,
            })
          : await api.ask("POST /policies/changes/:change/:step", {
              params: { change: number, step },
              body: options,
            });
      const text = `change ${data.change} is ${data.status}`;
      return { schema: "sallyport.policy-change/1", data, text };
    });
  }
}

async function openChange(context: CommandContext): Promise<string> {
  const { change } = await readStatus(context);
  if (change !== null) return String(change.id);
  throw new CodedError("SP-702", { what: "open policy change", name: "any" });
}

function readStatus(context: CommandContext): Promise<PolicyStatus> {
  return apiOf(context).ask("GET /policies/status");
}

function statusAnswer(data: PolicyStatus): Answer {
  const { version, change, rollOut } = data;
  const fields: [string, unknown][] = [["in force", version?.slice(0, 12)]];
  if (change !== null) {
    fields.push(
      ["change", change.id],
      ["to", change.version.slice(0, 12)],
      ["status", change.status],
      ["author", change.author],
      ["reason", change.reason],
    );
    if (change.why !== null) fields.push(["why", change.why]);
    if (change.settledReason !== null) fields.push(["resumed because", change.settledReason]);
  }
  if (rollOut !== null) {
    const { ring, rings, ringName, devicesSeen, lost, openByOld, nextAt } = rollOut;
    const most = rollOut.announcedPercent + rollOut.haltAbovePercent;
    fields.push(
      ["ring", `${ringName} (${ring + 1} of ${rings.length})`],
      ["since", rollOut.sinceAt],
      ["next step", nextAt],
      ["seen", `${devicesSeen} devices, ${lost} of ${openByOld} accesses lost`],
      ["halts above", `${most.toFixed(1)} in 100`],
    );
  }
  return {
    schema: "sallyport.policy-status/1",
    data,
    text: fieldsText(fields),
    exit: change?.status === "halted" ? halted : 0,
  };
}

function addShow(group: Command, context: CommandContext): void {
  const show = group
    .command("show")
    .description("print the files of a set as they were applied")
    .argument("<version>", "the first characters of its version, 8 at least");
  answering(context, show, async (version: string) => {
    const route = "GET /policies/versions/:version";
    const data = await apiOf(context).ask(route, { params: { version } });
    const text = data.files.map((one) => `# ${one.file}\n${one.text.trimEnd()}`).join("\n---\n");
    return { schema: "sallyport.policy-set/1", data, text };
  });
}

function addRules(group: Command, context: CommandContext): void {
  const rules = group
    .command("rules")
    .description("rules about changes: whether another person must approve each one, and who may")
    .addOption(
      new Option(
        "--second-approver <on|off>",
        "ask for another person, or not; on again: who may now",
      ).choices(["on", "off"]),
    )
    .option("--approve <hash>", "agree to the rules that somebody else wants, as they were shown")
    .option("--deny", "throw away the rules that somebody wants");
  answering(context, rules, async (options: RulesOptions) => {
    const data = await askedRules(context, options);
    const fields: [string, unknown][] = [["second approver", data.secondApprover ? "on" : "off"]];
    if (data.approvers !== null) fields.push(["approvers", data.approvers.join(", ")]);
    if (hasNames(data.authors)) fields.push(["authors", data.authors.join(", ")]);
    if (data.wanted !== null) {
      const { secondApprover, approvers, authors, hash, by } = data.wanted;
      fields.push(["waits", `${secondApprover ? "on" : "off"} (asked by ${by})`]);
      if (hasNames(approvers)) fields.push(["its approvers", approvers.join(", ")]);
      if (hasNames(authors)) fields.push(["its authors", authors.join(", ")]);
      fields.push(["agree by", `policy rules --approve ${hash}`]);
    }
    return { schema: "sallyport.policy-rules/1", data, text: fieldsText(fields) };
  });
}

function hasNames(names: readonly string[] | null): names is readonly string[] {
  return names !== null && names.length > 0;
}

interface RulesOptions {
  readonly secondApprover?: string;
  readonly approve?: string;
  readonly deny?: true;
}

async function askedRules(
  context: CommandContext,
  { secondApprover, approve, deny }: RulesOptions,
): Promise<ChangeRulesShown> {
  const api = apiOf(context);
  if (approve !== undefined || deny === true) {
    const step = approve === undefined ? "deny" : "approve";
    const hash = approve ?? (await api.ask("GET /policies/rules")).wanted?.hash;
    if (hash === undefined) throw new CodedError("SP-702", { what: "wanted rules", name: "any" });
    return api.ask("POST /policies/rules/:step", { params: { step }, body: { hash } });
  }
  if (secondApprover === undefined) return api.ask("GET /policies/rules");
  const body = { secondApprover: secondApprover !== "off" };
  return api.ask("PUT /policies/rules", { body, ifMatch: "*" });
}
