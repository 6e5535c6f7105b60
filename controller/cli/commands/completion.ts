import { Argument, type Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { completionScript, type Shell, shells } from "../completion-script.ts";

/** Adds `completion`: a script for a shell, on stdout as it is. */
export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command("completion")
    .description("print a script that completes commands and options: source it, or keep it")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .action((shell: Shell) => {
      context.streams.out(completionScript(program, shell));
    });
}
