import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { proofPage, type ProofPage } from "#shared/protocol/api/proof.ts";
import { checkProof, type ProvedRun } from "../../io/audit/check-proof.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readFiles } from "../documents.ts";

/** Adds `device prove` and `device check-proof`. */
export function addProofCommands(group: Command, context: CommandContext): void {
  const prove = group
    .command("prove")
    .description("write down what a device said, as it signed it, for others to check")
    .argument("<device>", "its id or name")
    .requiredOption("--out <file>", "where it goes");
  answering(context, prove, async (key: string, options: { out: string }) => {
    const proof = await wholeProof(context, key);
    writeFileSync(options.out, `${JSON.stringify(proof)}\n`, { mode: 0o600 });
    const data = { file: options.out, device: proof.device.id, events: proof.items.length };
    return {
      schema: "sallyport.proof-written/1",
      data,
      text: `${proof.items.length} events of ${proof.device.name}`,
      note: "Check it with `sallyport-controller device check-proof FILE`; no controller is asked.",
    };
  });
  const check = group
    .command("check-proof")
    .description("check a file of `device prove` by the device's signatures")
    .argument("<file>", "the file");
  answering(context, check, (path: string) => {
    const proof = parse(path);
    const data = { device: proof.device.id, ...outcomeOf(proof, path) };
    const { proved, unproved, missing, torn, runs, signers } = data;
    if (proof.items.length === 0) throw new CodedError("SP-703", { why: "it holds no event" });
    const wrong = [...unproved, ...missing, ...torn];
    if (wrong.length > 0) {
      const why = `${unproved.length} of its events are not signed by the device, ${missing.length} places in the chain are empty, ${torn.length} do not follow the one before: ${wrong.slice(0, 5).join(", ")}`;
      throw new CodedError("SP-703", { why });
    }
    const head = `all ${proved} events are ${proof.device.id}'s, signed by ${signers.join(", ") || "nobody"}`;
    const text = [head, ...runs.map(runText)].join("\n");
    return Promise.resolve({ schema: "sallyport.proof-checked/1", data, text });
  });
}

function runText({ first, last, after, isBeginning, isForked }: ProvedRun): string {
  const before = isBeginning ? "nothing" : (after ?? "an event that is not in the file");
  const fork = isForked
    ? ", which another event follows, too: the device's state was copied or brought back"
    : "";
  return `${first} to ${last}, after ${before}${fork}`;
}

async function wholeProof(context: CommandContext, key: string): Promise<ProofPage> {
  const api = apiOf(context);
  const items: ProofPage["items"] = [];
  for (let after: string | undefined; ;) {
    const query = { limit: 1_000, ...(after === undefined ? {} : { after }) };
    const page = await api.ask("GET /devices/:key/proof", { params: { key }, query });
    items.push(...page.items);
    if (page.nextAfter === null) return { ...page, items };
    after = page.nextAfter;
  }
}

function outcomeOf(proof: ProofPage, path: string) {
  try {
    return checkProof(proof);
  } catch (cause) {
    throw new CodedError("SP-703", { why: `\`${path}\` holds no certificate` }, { cause });
  }
}

function parse(path: string): ProofPage {
  const [file] = readFiles([path]);
  try {
    return proofPage.parse(JSON.parse(file?.text ?? ""));
  } catch (cause) {
    throw new CodedError("SP-703", { why: `\`${path}\` is no proof` }, { cause });
  }
}
