import type { CommanderError } from "commander";

/** Returns what is wrong with a command line, for the answer to `--json`. */
export function misuseText({ code, message }: CommanderError): string {
  return code === "commander.help" ? "no command was given" : message.replace(/^error: /, "");
}
