import { Argument, type Command } from "commander";
import { apiOf, type CommandContext } from "../command-context.ts";
import {
  completionScript,
  namesCommand,
  type Shell,
  shells,
} from "#shared/command-line/completion-script.ts";
import { type LiveKind, liveKindOf, liveKinds, liveNames } from "../live-names.ts";

/** Adds `completion`: a script for a shell, on stdout as it is; and `names`, which the script asks. */
export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command("completion")
    .description(
      "print a script that completes commands, options and live names: source it, or keep it",
    )
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .action((shell: Shell) => {
      context.streams.out(completionScript(program, shell, liveKindOf));
    });
  program
    .command(namesCommand, { hidden: true })
    .addArgument(new Argument("<kind>", "of what").choices(liveKinds))
    .argument("[begin]", "what they begin with", "")
    .action(async (kind: LiveKind, begin: string) => {
      const names = await liveNames(apiOf(context), kind, begin);
      context.streams.out(names.map((name) => `${name}\n`).join(""));
    });
}
