import { type Command, Option } from "commander";
import type { AnswerOf } from "#shared/protocol/api/contract.ts";
import { effectText } from "#shared/protocol/api/step-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { tableText } from "../table.ts";

const purposes = ["config", "grant", "lease"] as const;

/** Adds `key list|rotate`. */
export function addKeyCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("key")
    .description("look at and replace the keys that sign configs, grants and lease lists");
  answering(context, group.command("list").description("list signing keys"), async () => {
    const data = await apiOf(context).ask("GET /keys");
    return answerOf("sallyport.key-list/1", data);
  });
  const rotate = group
    .command("rotate")
    .description("make new keys; the old ones are believed for 13 h more, and nobody is cut")
    .addOption(
      new Option("--purpose <what...>", "only these; all when left out").choices(purposes),
    );
  answering(
    context,
    rotate,
    async (options: { readonly purpose?: (typeof purposes)[number][] }) => {
      const body = { purposes: options.purpose };
      const data = await apiOf(context).ask("POST /keys/rotate", { body });
      const { text } = answerOf("sallyport.key-list/1", data);
      const note = `New keys are announced, nobody is cut; ${effectText(data)}.`;
      return { schema: "sallyport.key-rotation/1", data, text, note };
    },
  );
}

function answerOf(schema: string, data: AnswerOf<"GET /keys">) {
  const rows = data.items.map((key) => [
    key.kid,
    key.purpose,
    key.state,
    since(key.activeFromAt),
    key.retiresAt,
  ]);
  const head = ["KEY", "PURPOSE", "STATE", "SIGNS SINCE", "BELIEVED UNTIL"];
  return { schema, data, text: tableText(head, rows) };
}

/** The first keys sign since there is a controller, whose beginning nobody wrote down. */
function since(at: string | null): string | null {
  return at !== null && Date.parse(at) === 0 ? "the set-up" : at;
}
