import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import type { AnswerOf } from "#shared/protocol/api/contract.ts";
import type { bulkSteps } from "#shared/protocol/api/order.ts";
import { effectOfAll, effectText } from "#shared/protocol/api/step-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import type { Answer } from "../output.ts";
import { makeProgress } from "../progress.ts";
import { cellText, countText, tableText } from "../table.ts";
import { readDevices } from "./device-list.ts";

const notDone = 1;
/** So many go out in one request. */
const chunkMax = 50;

type BulkStep = (typeof bulkSteps)[number];

const words: Readonly<Record<BulkStep, readonly [what: string, done: string]>> = {
  recheck: ["ask devices to look at their facts again", "asked"],
  quarantine: ["end all access of devices at once; they stay enrolled", "quarantined"],
  revoke: ["end devices (or a gateway) for good", "revoked"],
};

interface StepOptions {
  readonly search?: string;
  readonly yes?: boolean;
}

/** Adds the steps that many devices may take at once. */
export function addBulkSteps(group: Command, context: CommandContext): void {
  for (const step of ["recheck", "quarantine", "revoke"] as const) {
    const command = group
      .command(step)
      .description(words[step][0])
      .argument("[devices...]", "ids or names")
      .option("--search <text>", "all that this finds, as in `device list --search`")
      .option("--yes", "with --search: do it, not only name them");
    answering(context, command, (keys: string[], options: StepOptions) =>
      takeSteps(context, step, { keys, options }),
    );
  }
}

/** Adds a step that one device or gateway takes. */
export function addSingleStep(
  group: Command,
  context: CommandContext,
  [step, description]: readonly ["approve" | "release", string],
): void {
  const command = group.command(step).description(description).argument("<device>", "id or name");
  answering(context, command, (key: string) => takeStep(context, key, step));
}

/** Takes a step of an identity's life; what closes says what gateways confirmed. */
export async function takeStep(
  context: CommandContext,
  key: string,
  step: "approve" | "release" | "quarantine" | "revoke",
): Promise<Answer> {
  const data = await apiOf(context).ask(`POST /identities/:key/${step}`, { params: { key } });
  const text = `${data.name} is ${data.status}, ${effectText(data)}`;
  const opens = step === "approve" || step === "release";
  const schema = opens ? "sallyport.identity-status/1" : "sallyport.identity-closed/1";
  return { schema, data, text };
}

async function takeSteps(
  context: CommandContext,
  step: BulkStep,
  { keys, options }: { readonly keys: readonly string[]; readonly options: StepOptions },
): Promise<Answer> {
  const { search, yes = false } = options;
  const [only] = keys;
  if (only !== undefined && keys.length === 1 && search === undefined) {
    return step === "recheck" ? recheckOne(context, only) : takeStep(context, only, step);
  }
  const named = await devicesOf(context, keys, search);
  if (search !== undefined && !yes) {
    const rows = named.map(({ id, name, status }) => [id, name, status]);
    return {
      schema: "sallyport.device-steps/1",
      data: { step, done: false, items: named.map(({ id, name }) => ({ device: id, name })) },
      text: tableText(["ID", "NAME", "STATUS"], rows),
      note: `Nothing is done yet: ${countText(named.length, "device")} would be ${words[step][1]}; add --yes.`,
      exit: notDone,
    };
  }
  return stepMany(
    context,
    step,
    named.map(({ id }) => id),
  );
}

type StepAnswer = AnswerOf<"POST /devices/steps">;

async function stepMany(
  context: CommandContext,
  step: BulkStep,
  ids: readonly string[],
): Promise<Answer> {
  const api = apiOf(context);
  const progress = makeProgress(context, words[step][1], ids.length);
  const answers: StepAnswer[] = [];
  for (let from = 0; from < ids.length; from += chunkMax) {
    const devices = ids.slice(from, from + chunkMax);
    answers.push(await api.ask("POST /devices/steps", { body: { step, devices } }));
    progress.at(from + devices.length);
  }
  progress.end();
  const items = answers.flatMap((answer) => answer.items);
  const effect = effectOfAll(answers);
  const failed = items.filter(({ problem }) => problem !== null);
  const lines = failed.map(({ name, problem }) => `${cellText(name)}: ${problem?.detail ?? ""}`);
  const count = `${items.length - failed.length} of ${items.length} ${words[step][1]}`;
  return {
    schema: "sallyport.device-steps/1",
    data: { step, done: true, items, ...effect },
    text: [`${count}, ${effectText(effect)}`, ...lines].join("\n"),
    exit: failed.length === 0 ? 0 : notDone,
  };
}

async function devicesOf(
  context: CommandContext,
  keys: readonly string[],
  search: string | undefined,
) {
  if (search !== undefined) {
    if (keys.length > 0) throw new CodedError("SP-703", { why: "names or --search, not both" });
    return readDevices(context, { search });
  }
  if (keys.length === 0) throw new CodedError("SP-703", { why: "name a device, or use --search" });
  const api = apiOf(context);
  const found = [];
  for (const key of keys) found.push(await api.ask("GET /devices/:key", { params: { key } }));
  return found;
}

async function recheckOne(context: CommandContext, key: string): Promise<Answer> {
  const data = await apiOf(context).ask("POST /devices/:key/recheck", {
    params: { key },
    body: {},
  });
  const asked = data.asked ? "asked" : "not connected; it will report when it is back";
  return { schema: "sallyport.device-recheck/1", data, text: `${asked}, ${effectText(data)}` };
}
