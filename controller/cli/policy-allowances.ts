/** What every command that puts a set in force takes and answers. */
import { type Command, Option } from "commander";
import type { PolicyBegun } from "#shared/protocol/api/policy.ts";
import type { Answer } from "./output.ts";
import { countText } from "./table.ts";

/** What a person allows. */
export interface Allowances {
  readonly reason?: string;
  readonly plan?: string;
  readonly allowLockout?: boolean;
  readonly atOnce?: boolean;
  readonly override?: string;
}

/** Adds the options of every command that puts a set in force. */
export function allowanceOptions(command: Command): Command {
  return command
    .option("--reason <text>", "why; kept with the change")
    .option("--plan <hash>", "refuse unless this is the plan that was looked at")
    .option("--allow-lockout", "even where its author or every administrator loses all access")
    .addOption(new Option("--override <reason>", "leave shadow mode before its time, and say why"));
}

const meanings: Readonly<Record<string, string>> = {
  done: "is in force",
  rolling: "goes out ring by ring; look at it with `policy status`",
  halted: "is on its way, but halted; look at it with `policy status`",
  waiting: "waits for another person: `policy approve`",
};

/** Returns what became of a set that shall be in force. */
export function begunAnswer(data: PolicyBegun): Answer {
  const { version, changed, policies, status, effect } = data;
  const meaning = meanings[status] ?? status;
  const lines = [
    `policy set ${version.slice(0, 12)} with ${countText(policies.length, "rule")} ${meaning}`,
  ];
  if (!changed) lines.push("nothing changed: that was so already");
  if (effect !== null) {
    const { devices, devicesLosing, devicesGaining } = effect;
    lines.push(
      `of ${countText(devices, "device")} ${devicesLosing} lose and ${devicesGaining} gain access`,
    );
  }
  return { schema: "sallyport.policy-applied/1", data, text: lines.join("\n") };
}
