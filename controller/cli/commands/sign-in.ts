import type { Command } from "commander";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { signInOrder, type signInShown } from "#shared/protocol/api/sign-in.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readFiles, readObjects } from "../documents.ts";
import { fieldsText } from "../table.ts";

type SignInShown = z.infer<typeof signInShown>;

/** Adds `sign-in show|apply`. */
export function addSignInCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("sign-in")
    .description("how people sign in by an identity provider (OpenID Connect)");
  answering(context, group.command("show").description("show what is set"), async () => {
    const data = await apiOf(context).ask("GET /sign-in");
    return { schema: "sallyport.sign-in/1", data, text: shownText(data) };
  });
  const apply = group
    .command("apply")
    .description("set it as a file says; the provider is asked before it counts")
    .argument("<file>", "YAML with issuer, clientId and roles; `-` for stdin")
    .option("--client-secret-file <file>", "holds the client's secret; else the held one stays");
  answering(context, apply, async (file: string, options: { clientSecretFile?: string }) => {
    const objects = readObjects(readFiles([file]));
    const [wanted] = objects;
    if (objects.length !== 1 || wanted === undefined) {
      throw new CodedError("SP-703", { why: `${file}: one document says how people sign in` });
    }
    const secret = secretIn(options.clientSecretFile);
    const given = { ...wanted, ...(secret === undefined ? {} : { clientSecret: secret }) };
    const order = signInOrder.safeParse(given);
    if (!order.success) throw new CodedError("SP-703", { why: z.prettifyError(order.error) });
    const data = await apiOf(context).ask("PUT /sign-in", { body: order.data });
    const note = `\nTell the provider this redirect address: ${data.redirectUri}`;
    return { schema: "sallyport.sign-in/1", data, text: shownText(data), note };
  });
}

function secretIn(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFiles([path])[0]?.text.trim();
}

function shownText(data: SignInShown): string {
  const roles = data.roles.map(({ group, role }) => `${group}: ${role}`).join(", ");
  return fieldsText([
    ["issuer", data.issuer],
    ["client", `${data.clientId}${data.hasSecret ? ", with a secret" : ", public"}`],
    ["groups from", data.groupsClaim],
    ["roles", roles === "" ? "none" : roles],
    ["redirect address", data.redirectUri],
  ]);
}
