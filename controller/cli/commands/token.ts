import { type Command, Option } from "commander";
import { type Role, roles } from "#shared/base/role.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { parseDurationSeconds } from "../duration.ts";
import { tableText } from "../table.ts";
import { addRevoke } from "./revoke.ts";

const ninetyDaysSeconds = 90 * 86_400;

interface CreateOptions {
  readonly name: string;
  readonly role: Role;
  readonly admin?: string;
  readonly expires: number;
}

/** Adds `token create|list|revoke`. */
export function addTokenCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("token")
    .description("make and revoke the tokens by which administrators and programs ask this API");
  addCreate(group, context);
  addList(group, context);
  addRevoke(group, context, {
    collection: "tokens",
    argument: "<token>",
    description: "end a token at once",
    schema: "sallyport.token-revoked/1",
  });
}

function addCreate(group: Command, context: CommandContext): void {
  const create = group
    .command("create")
    .description("make a token; its text is shown this once")
    .requiredOption("--name <name>", "what the token is for")
    .addOption(
      new Option("--role <role>", "what it may do").choices(roles).makeOptionMandatory(true),
    )
    .option("--admin <name>", "whose it is; the name of the token when left out")
    .option("--expires <duration>", "365d at most", parseDurationSeconds, ninetyDaysSeconds);
  answering(context, create, async ({ name, role, admin, expires }: CreateOptions) => {
    const body = { name, role, admin, validForSeconds: expires };
    const made = await apiOf(context).ask("POST /tokens", { body });
    return {
      schema: "sallyport.token/1",
      data: made,
      text: made.token,
      note: `Valid until ${made.expiresAt}. It is not kept: write it to a file of mode 0600 and\nname that file by SALLYPORT_TOKEN_FILE.`,
    };
  });
}

function addList(group: Command, context: CommandContext): void {
  answering(context, group.command("list").description("list tokens, newest first"), async () => {
    const data = await apiOf(context).ask("GET /tokens");
    const rows = data.items.map((token) => [
      token.id,
      token.name,
      token.admin,
      token.role,
      token.state,
      token.expiresAt,
      token.createdBy,
    ]);
    const head = ["ID", "NAME", "ADMIN", "ROLE", "STATE", "EXPIRES", "MADE BY"];
    return { schema: "sallyport.token-list/1", data, text: tableText(head, rows) };
  });
}
