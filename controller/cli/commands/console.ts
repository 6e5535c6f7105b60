import type { Command } from "commander";
import { answering, apiOf, type CommandContext } from "../command-context.ts";

/** Adds `console`: a link that signs a browser in, once, as the holder of the token. */
export function addConsoleCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("console")
    .description("print a link that signs in to the console once, as the holder of the token");
  answering(context, command, async () => {
    const data = await apiOf(context).ask("POST /session/links");
    const note = `Open it in a browser on this host, or forward the port by SSH. It works once, until ${data.expiresAt}.`;
    return { schema: "sallyport.sign-in-link/1", data, text: data.url, note };
  });
}
