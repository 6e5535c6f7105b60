import { type Command, Option } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type DecisionReplay,
  type DecisionShown,
  decisionShown,
} from "#shared/protocol/api/decision.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { staleText } from "#shared/protocol/api/standing-text.ts";
import { type Answer, jsonLine } from "../output.ts";
import { unmetText } from "#shared/policy/reason-text.ts";
import { parseCount } from "../duration.ts";
import { apiAccessOf } from "../environment.ts";
import { openLive } from "../live-stream.ts";
import { readPages } from "../pages.ts";
import { cellText, fieldsText, tableText } from "../table.ts";

const effects = ["allow", "stepUp", "deny"] as const;

interface DecisionFilter {
  readonly device?: string;
  readonly resource?: string;
  readonly effect?: (typeof effects)[number];
}

interface DecisionOptions extends DecisionFilter {
  readonly limit: number;
  readonly follow?: boolean;
}

/** Adds `decision [REF]`; as with other nouns, `decision list` and `decision show REF` say it too. */
export function addDecisionCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("decision")
    .description("show decisions by reference or id, newest first; without one the newest of all")
    .argument("[reference...]", "such as 7QK2-M4XE; `list` and `show REF` are understood")
    .option("--device <device>", "only of this device")
    .option("--resource <resource>", "only about this resource")
    .addOption(new Option("--effect <effect>", "only these answers").choices(effects))
    .option("--limit <n>", "how many", parseCount, 50)
    .option("--follow", "go on with those that come, one JSON object a line with --json");
  answering(context, command, async (words: readonly string[], options: DecisionOptions) => {
    const key = keyIn(words);
    const { follow = false, limit, ...filter } = options;
    if (follow) return followDecisions(context, filter);
    const api = apiOf(context);
    if (key !== undefined) {
      const { items } = await api.ask("GET /decisions/:key", { params: { key } });
      return decisionsAnswer(items, items.map(decisionText).join("\n\n"));
    }
    const items = await readPages(
      (place) => api.ask("GET /decisions", { query: { ...filter, ...place } }),
      { most: limit },
    );
    return decisionsAnswer(items, tableText(head, items.map(rowOf)));
  });
}

/** Returns the reference among the words, if there is one. */
function keyIn(words: readonly string[]): string | undefined {
  const [first, ...rest] = words;
  const keys = first === "list" || first === "show" ? rest : words;
  const most = first === "list" ? 0 : 1;
  if (keys.length > most) {
    throw new CodedError("SP-703", { why: `\`${keys[most]}\` is one reference too many` });
  }
  if (first === "show" && keys.length === 0) {
    throw new CodedError("SP-703", { why: "`show` needs a reference; `list` shows the newest" });
  }
  return keys[0];
}

/** Writes what comes until the stream ends; what was before is the list's to tell. */
async function followDecisions(context: CommandContext, filter: DecisionFilter): Promise<Answer> {
  const { device, resource, effect } = filter;
  const live = await openLive(apiAccessOf(context.environment));
  for await (const { event, data } of live.events()) {
    const one = event === "decision" ? decisionShown.safeParse(data).data : undefined;
    if (one === undefined) continue;
    if (device !== undefined && device !== one.device && device !== one.deviceName) continue;
    if (resource !== undefined && resource !== one.resource && resource !== one.resourceName)
      continue;
    if (effect !== undefined && effect !== one.effect) continue;
    const line = context.json ? jsonLine(one) : `${rowOf(one).map(cellText).join("  ")}\n`;
    context.streams.out(line);
  }
  throw new CodedError("SP-708", { url: "the stream", why: "the controller ended it" });
}

const head = ["TIME", "REFERENCE", "EFFECT", "DEVICE", "RESOURCE", "BY", "WHY"];

function rowOf(one: DecisionShown): readonly unknown[] {
  const { at, reference, effect, deviceName, device, resourceName, resource } = one;
  const why = effect === "allow" ? [] : one.unmet.map(unmetText);
  const by = one.determinedBy;
  return [at, reference, effect, deviceName ?? device, resourceName ?? resource, by, why];
}

function decisionsAnswer(items: readonly DecisionShown[], text: string): Answer {
  return { schema: "sallyport.decision-list/1", data: { items }, text };
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
    untilAt > at ? "fresh" : staleText,
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
