import { type Command, Option } from "commander";
import { type ReportedKind, reportedKinds } from "#shared/policy/risk-kind.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { countText } from "../table.ts";

interface ReportOptions {
  readonly device?: string;
  readonly user?: string;
  readonly sighting: ReportedKind;
  readonly detail: string;
}

/** Adds `risk report`. */
export function addRiskCommands(program: Command, context: CommandContext): void {
  const group = program.command("risk").description("what raises the risk of devices");
  const command = group
    .command("report")
    .description("tell of something that others saw; a token of the role reporter is enough")
    .option("--device <device>", "name or id of the device")
    .option("--user <user>", "all devices that this person owns")
    .addOption(
      new Option("--sighting <kind>", "what was seen").choices(reportedKinds).makeOptionMandatory(),
    )
    .requiredOption("--detail <text>", "for administrators: where it is written down");
  answering(context, command, async ({ device, user, sighting, detail }: ReportOptions) => {
    const body = { device, user, sighting, detail };
    const data = await apiOf(context).ask("POST /risk/reports", { body });
    const text = `told of ${countText(data.devices.length, "device")}: ${data.devices.join(", ")}`;
    return { schema: "sallyport.risk-report/1", data, text };
  });
}
