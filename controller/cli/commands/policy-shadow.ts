import type { Command } from "commander";
import type { BodyOf } from "#shared/protocol/api/contract.ts";
import type { PolicyShadow } from "#shared/protocol/api/policy.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readSetFiles } from "../documents.ts";
import type { Answer } from "../output.ts";
import { allowanceOptions, begunAnswer } from "../policy-allowances.ts";
import { tableText } from "../table.ts";

const notReady = 1;

/** Adds `policy shadow start|report|accept|promote|stop`. */
export function addShadowCommands(policy: Command, context: CommandContext): void {
  const group = policy
    .command("shadow")
    .description("watch a set, or the rules in shadow mode, before they are enforced");
  const start = group
    .command("start")
    .description("compare a set with the one in force on every evaluation; enforces nothing")
    .argument("[files...]", "YAML documents of one set; - is stdin")
    .option("--from <folder>", "all *.yaml of a folder")
    .requiredOption("--reason <text>", "why");
  type Start = { readonly from?: string; readonly reason: string };
  answering(context, start, async (files: string[], { from, reason }: Start) => {
    const body = { files: readSetFiles({ files, from }), reason };
    const api = apiOf(context);
    const held = await api.look("GET /policies/shadow");
    const data = await api.ask("PUT /policies/shadow", { body, ifMatch: heldTag(held) });
    const text = `policy set ${data.version.slice(0, 12)} is watched since ${data.startedAt}`;
    return { schema: "sallyport.policy-shadow-started/1", data, text };
  });
  const report = group
    .command("report")
    .description("what would have been answered differently; exit 1 while something is not ready");
  answering(context, report, async () => {
    return reportAnswer(await apiOf(context).ask("GET /policies/shadow"));
  });
  addDecisions(group, context);
}

/** Nothing is replaced where nothing is watched. */
function heldTag(
  held: { readonly answer: PolicyShadow; readonly tag: string } | null,
): string | undefined {
  return held === null || held.answer.set === null ? undefined : held.tag;
}

/** Adds what people decide about a shadow. */
function addDecisions(group: Command, context: CommandContext): void {
  const accept = group
    .command("accept")
    .description("say that a difference is meant, and why")
    .argument("<trial>", "what is watched, as the report names it")
    .argument("<cause>", "the difference")
    .requiredOption("--reason <text>", "why");
  type Reason = { readonly reason: string };
  answering(context, accept, async (trial: string, cause: string, { reason }: Reason) => {
    const body = { trial, cause, reason };
    const data = await apiOf(context).ask("POST /policies/shadow/accept", { body });
    return { schema: "sallyport.policy-shadow-accepted/1", data, text: `${cause} is accepted` };
  });
  const promote = group
    .command("promote")
    .description("put the watched set in force, once it was watched long enough")
    .option("--at-once", "for everybody at once, not ring by ring");
  answering(
    context,
    allowanceOptions(promote),
    async (body: BodyOf<"POST /policies/shadow/promote">) => {
      return begunAnswer(await apiOf(context).ask("POST /policies/shadow/promote", { body }));
    },
  );
  const stop = group.command("stop").description("watch the set no longer");
  answering(context, stop, async () => {
    const data = await apiOf(context).ask("POST /policies/shadow/stop");
    const text = data.stopped ? "watched no longer" : "nothing was watched";
    return { schema: "sallyport.policy-shadow-stopped/1", data, text };
  });
}

function reportAnswer(data: PolicyShadow): Answer {
  const lines: string[] = [];
  if (data.set !== null) {
    const { version, startedAt, startedBy, reason } = data.set;
    lines.push(`set ${version.slice(0, 12)} since ${startedAt} by ${startedBy}: ${reason}`);
  }
  for (const { trial, promotion, differences } of data.trials) {
    lines.push(
      "",
      trial,
      ...promotion.map(({ met, text }) => `  ${met ? "met " : "open"}  ${text}`),
    );
    const rows = differences.map((one) => [
      one.cause,
      one.resource,
      `${one.before} -> ${one.after}`,
      one.because.after,
      one.count,
      one.devices.map(({ name }) => name).slice(0, 3),
      one.accepted?.reason,
    ]);
    const head = ["CAUSE", "RESOURCE", "ACCESS", "BY", "TIMES", "DEVICES", "ACCEPTED"];
    if (rows.length > 0) lines.push(tableText(head, rows));
  }
  const waits = data.trials.some(({ ready }) => !ready);
  const text = lines.length === 0 ? "nothing is watched" : lines.join("\n").trim();
  return { schema: "sallyport.policy-shadow-report/1", data, text, exit: waits ? notReady : 0 };
}
