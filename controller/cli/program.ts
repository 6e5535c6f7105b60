/** The command line `sallyport-controller`: parses, runs one command, returns the exit code. */
import { versionAnswer } from "#shared/command-line/version-answer.ts";
import { Command, CommanderError } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { controllerVersion } from "../io/version.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addBackupCommands } from "./commands/backup.ts";
import { addDeviceCommands } from "./commands/device.ts";
import { addAccessCommands, addOverviewCommand, addSettingCommands } from "./commands/fleet.ts";
import { addEnrolKeyCommands } from "./commands/enrol-key.ts";
import { addInitCommand } from "./commands/init.ts";
import { addGatewayCommands } from "./commands/gateway.ts";
import { addResourceCommands } from "./commands/resource.ts";
import { addSiteCommands } from "./commands/site.ts";
import { addOsIntelCommands } from "./commands/os-intel.ts";
import { addKeyCommands } from "./commands/key.ts";
import { addBreakGlassCommands } from "./commands/break-glass.ts";
import { addDecisionCommand, addExplainCommand } from "./commands/decision.ts";
import { addPolicyCommands } from "./commands/policy.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addRiskCommands } from "./commands/risk.ts";
import { addRequestCommands } from "./commands/request.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addConsoleCommand } from "./commands/console.ts";
import { addUserCommands } from "./commands/user.ts";
import { addPasskeyCommands } from "./commands/passkey.ts";
import { addSignInCommands } from "./commands/sign-in.ts";
import { addTokenCommands } from "./commands/token.ts";
import { answering, type CommandContext } from "./command-context.ts";
import { type Answer, writeFailure } from "./output.ts";

const usageExit = 2;

/** Runs the command of `argv` (without program and script); never throws, never exits by itself. */
export async function runProgram(
  argv: readonly string[],
  world: Omit<CommandContext, "json" | "exit">,
): Promise<number> {
  const context: CommandContext = { ...world, json: argv.includes("--json"), exit: 0 };
  const program = makeProgram(context);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return context.exit;
  } catch (error) {
    if (!(error instanceof CommanderError))
      return writeFailure(context.streams, error, context.json);
    // Commander has written its own words already; help and version are no failures.
    if (error.exitCode === 0) return 0;
    if (context.json) {
      const why =
        error.code === "commander.help"
          ? "no command was given"
          : error.message.replace(/^error: /, "");
      const quiet = { ...context.streams, talk: () => undefined };
      writeFailure(quiet, new CodedError("SP-703", { why }), true);
    }
    return usageExit;
  }
}

function makeProgram(context: CommandContext): Command {
  const program = new Command("sallyport-controller");
  program
    .description("decides who may reach what, and lets gateways enforce it")
    .version(controllerVersion)
    .option("--json", "one JSON object on stdout")
    .exitOverride()
    .showHelpAfterError("(add --help for the options of a command)")
    .configureOutput({
      writeOut: (text) => context.streams.out(text),
      writeErr: (text) => context.streams.talk(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addInitCommand(program, context);
  addServeCommand(program, context);
  addBackupCommands(program, context);
  addEnrolKeyCommands(program, context);
  addOverviewCommand(program, context);
  addDeviceCommands(program, context);
  addAccessCommands(program, context);
  addGatewayCommands(program, context);
  addSiteCommands(program, context);
  addResourceCommands(program, context);
  addPolicyCommands(program, context);
  addDecisionCommand(program, context);
  addExplainCommand(program, context);
  addKeyCommands(program, context);
  addSettingCommands(program, context);
  addAuditCommands(program, context);
  addTokenCommands(program, context);
  addPasskeyCommands(program, context);
  addSignInCommands(program, context);
  addUserCommands(program, context);
  addConsoleCommand(program, context);
  addCompletionCommand(program, context);
  addBreakGlassCommands(program, context);
  addRequestCommands(program, context);
  addRiskCommands(program, context);
  addOsIntelCommands(program, context);
  const version = program.command("version").description("print the version");
  answering(context, version, () => Promise.resolve(ownVersion()));
  inheritSettings(program);
  return program;
}

function ownVersion(): Answer {
  const { schema, ...data } = versionAnswer(controllerVersion);
  return { schema, data, text: controllerVersion };
}

/** `--json` may stand before or behind a command, so every command knows it. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    if (child.commands.length === 0) child.option("--json", "one JSON object on stdout");
    inheritSettings(child);
  }
}
