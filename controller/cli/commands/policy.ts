import type { Command } from "commander";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readSetFiles } from "../documents.ts";
import { type Allowances, allowanceOptions, begunAnswer } from "../policy-allowances.ts";
import { addPolicyChangeCommands } from "./policy-change.ts";
import { addPolicyCheckCommands } from "./policy-check.ts";
import { addPolicyPlanCommands, planAnswer } from "./policy-plan.ts";
import { addShadowCommands } from "./policy-shadow.ts";

/** Adds `policy …`: from checking files to putting them in force and taking them back. */
export function addPolicyCommands(program: Command, context: CommandContext): void {
  const group = program.command("policy").description("the rules of access");
  addPolicyCheckCommands(group, context);
  addPolicyPlanCommands(group, context);
  addApply(group, context);
  addRollback(group, context);
  addPolicyChangeCommands(group, context);
  addShadowCommands(group, context);
}

interface ApplyOptions extends Allowances {
  readonly file: readonly string[];
  readonly from?: string;
  readonly overDrift?: boolean;
  readonly dryRun?: boolean;
}

function addApply(group: Command, context: CommandContext): void {
  const apply = group
    .command("apply")
    .description("put a policy set in force: all files together, nothing when one is wrong")
    .argument("[files...]", "YAML documents; - is stdin")
    .option("--file <file...>", "the same, as an option", [])
    .option("--from <folder>", "all *.yaml of a folder under version control: the source of truth")
    .option("--over-drift", "even where the set in force did not come from such a folder")
    .option("--at-once", "for everybody at once, not ring by ring")
    .option("--dry-run", "only say who would gain and who would lose, as `policy plan` does");
  answering(context, allowanceOptions(apply), async (files: string[], options: ApplyOptions) => {
    const { file, from, overDrift = false, dryRun = false, ...allowances } = options;
    const source = from === undefined ? ("files" as const) : ("folder" as const);
    const texts = readSetFiles({ files: [...files, ...file], from });
    if (dryRun) {
      const plan = { files: texts, days: 0 };
      return planAnswer(await apiOf(context).ask("POST /policies/plan", { body: plan }));
    }
    const body = { ...allowances, overDrift, source, files: texts };
    return begunAnswer(await apiOf(context).ask("POST /policies", { body }));
  });
}

function addRollback(group: Command, context: CommandContext): void {
  const rollback = group
    .command("rollback")
    .description("put a former set in force again, at once")
    .argument("<version>", "the first characters of its version, 8 at least (policy history)")
    .option("--rings", "ring by ring, as a new set");
  allowanceOptions(rollback);
  answering(context, rollback, async (version: string, options: Allowances & { rings?: true }) => {
    const body = { ...options, reason: options.reason ?? "", version };
    return begunAnswer(await apiOf(context).ask("POST /policies/rollback", { body }));
  });
}
