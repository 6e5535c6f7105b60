import type { Command } from "commander";
import type { DecisionReplay, DecisionShown } from "#shared/protocol/api/decision.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import type { Answer } from "../output.ts";
import { unmetText } from "#shared/policy/reason-text.ts";
import { fieldsText, tableText } from "../table.ts";

/** Adds `decision [REF]`. */
export function addDecisionCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("decision")
    .description("show decisions by reference or id, newest first; without one the newest of all")
    .argument("[reference]", "such as 7QK2-M4XE")
    .option("--device <device>", "only of this device");
  answering(context, command, async (key: string | undefined, options: { device?: string }) => {
    const api = apiOf(context);
    const data =
      key === undefined
        ? await api.ask("GET /decisions", { query: { device: options.device } })
        : await api.ask("GET /decisions/:key", { params: { key } });
    return decisionsAnswer(data, key !== undefined);
  });
}

function decisionsAnswer(
  data: { readonly items: readonly DecisionShown[] },
  inDetail: boolean,
): Answer {
  const rows = data.items.map((one) => [
    one.at,
    one.reference,
    one.effect,
    one.deviceName ?? one.device,
    one.resourceName ?? one.resource,
    one.determinedBy,
  ]);
  const head = ["TIME", "REFERENCE", "EFFECT", "DEVICE", "RESOURCE", "BY"];
  const text = inDetail ? data.items.map(decisionText).join("\n\n") : tableText(head, rows);
  return { schema: "sallyport.decision-list/1", data, text };
}

function decisionText(decision: DecisionShown): string {
  return fieldsText([
    ["reference", decision.reference],
    ["time", decision.at],
    ["effect", decision.effect],
    ["device", decision.deviceName ?? decision.device],
    ["resource", decision.resourceName ?? decision.resource],
    ["decided by", decision.determinedBy],
    ...decision.unmet.map((unmet) => ["not met", unmetText(unmet)] as const),
    ["policy set", decision.policyVersion.slice(0, 12)],
    ["id", decision.id],
  ]);
}

/** Adds `explain ID`; exit 1 where the same input gives another answer now. */
export function addExplainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("explain")
    .description("decide again from what a decision was made from, and compare")
    .argument("<decision>", "its id or reference");
  answering(context, command, async (key: string) => {
    const data = await apiOf(context).ask("GET /decisions/:key/replay", { params: { key } });
    const text = [decisionText(data.decision), "", ...inputLines(data), "", replayText(data)];
    const { replay } = data;
    const differs = replay.kind === "impossible" || (replay.kind === "decided" && !replay.same);
    const exit = differs ? 1 : 0;
    return { schema: "sallyport.replay/1", data, text: text.join("\n"), exit };
  });
}

function inputLines({ decision, input, provenance }: DecisionReplay): readonly string[] {
  if (input === null) return ["input is no longer kept"];
  const sources = new Map(provenance.map(({ signal, source }) => [signal, source]));
  const at = Date.parse(decision.at ?? "");
  const rows = Object.entries(input.facts).map(([signal, { reading, untilAt }]) => [
    signal,
    JSON.stringify(reading),
    sources.get(signal) ?? "controller",
    untilAt > at ? "fresh" : "stale",
  ]);
  return [tableText(["SIGNAL", "READING", "SOURCE", "THEN"], rows)];
}

function replayText({ decision, replay }: DecisionReplay): string {
  switch (replay.kind) {
    case "gate":
      return "decided by the state of the device itself; the policy was not asked";
    case "impossible":
      return `cannot be decided again: ${replay.why}`;
    case "decided":
      return replay.same
        ? `decided again: ${replay.answer.effect}, the same in every part`
        : `decided again: ${replay.answer.effect}, which differs from ${decision.effect} then`;
  }
}
