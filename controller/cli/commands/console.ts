import { type Command, Option } from "commander";
import { type Role, roles } from "#shared/base/role.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";

/** Adds `console`: a link that signs a browser in, once, as the holder of the token. */
export function addConsoleCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("console")
    .description("print a link that signs in to the console once, as the holder of the token")
    .addOption(
      new Option(
        "--set-up <role>",
        "instead, a link that makes an administrator with a passkey",
      ).choices(roles),
    );
  answering(context, command, async ({ setUp }: { readonly setUp?: Role }) => {
    if (setUp !== undefined) {
      const body = { role: setUp };
      const data = await apiOf(context).ask("POST /session/set-up-links", { body });
      const note = `It makes one administrator of the role ${setUp}, until ${data.expiresAt}.`;
      return { schema: "sallyport.set-up-link/1", data, text: data.url, note };
    }
    const data = await apiOf(context).ask("POST /session/links");
    const note = `Open it in a browser on this host, or forward the port by SSH. It works once, until ${data.expiresAt}.`;
    return { schema: "sallyport.sign-in-link/1", data, text: data.url, note };
  });
}
