import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ResourceShown } from "#shared/protocol/api/place.ts";
import { resourceEndText } from "#shared/protocol/api/removal-text.ts";
import { effectText } from "#shared/protocol/api/step-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readDocuments, resourceDocuments } from "../documents.ts";
import {
  appliedText,
  differenceAnswer,
  differenceOf,
  removalAnswer,
} from "../record-difference.ts";
import { tableText } from "../table.ts";

/** Adds `resource list|apply|diff|remove`. */
export function addResourceCommands(program: Command, context: CommandContext): void {
  const group = program.command("resource").description("what can be reached through sites");
  answering(context, group.command("list").description("list resources"), async () => {
    const data = await apiOf(context).ask("GET /resources");
    const rows = data.items.map((resource) => [
      resource.name,
      resource.site,
      resource.sensitivity,
      resource.source,
      resource.targets.map(({ cidr, domain, proto, ports }) =>
        [cidr ?? domain, proto, ports.join("+")].filter(Boolean).join(" "),
      ),
    ]);
    const head = ["NAME", "SITE", "SENSITIVITY", "SOURCE", "TARGETS"];
    return { schema: "sallyport.resource-list/1", data, text: tableText(head, rows) };
  });
  const apply = group
    .command("apply")
    .description("make resources as YAML files say; others stay")
    .argument("<files...>", "each document: one resource, or a list `resources`; - is stdin")
    .option("--dry-run", "only say what would change");
  const diff = group
    .command("diff")
    .description("say what `apply` would change; exit 1 where anything would")
    .argument("<files...>", "each document: one resource, or a list `resources`; - is stdin");
  const run = async (paths: string[], { dryRun = false }: { readonly dryRun?: boolean }) => {
    const api = apiOf(context);
    const body = { files: resourceDocuments(readDocuments(paths)) };
    const before = await api.look("GET /resources");
    // The controller reads the documents either way: a dry run finds what it would refuse.
    const order = { body, query: { dryRun }, ifMatch: before?.tag };
    const after = await api.ask("POST /resources", order);
    const held = new Map(before?.answer.items.map((one) => [one.name, one]));
    const differences = after.items.map((one) =>
      differenceOf(one.name, heldTraits(held.get(one.name)), traits(one)),
    );
    if (dryRun) return differenceAnswer(differences);
    const text = appliedText("resource", differences);
    return { schema: "sallyport.resource-list/1", data: after, text };
  };
  answering(context, apply, run);
  answering(context, diff, (paths: string[]) => run(paths, { dryRun: true }));
  addRemove(group, context);
}

function addRemove(group: Command, context: CommandContext): void {
  const remove = group
    .command("remove")
    .description("remove what `apply` made; laptops may send this in clear again")
    .argument("<resource>", "its name or id")
    .option("--dry-run", "only say what would become of it");
  const run = async (key: string, { dryRun = false }: { readonly dryRun?: boolean }) => {
    const api = apiOf(context);
    const held = await api.look("GET /resources/:key", { params: { key } });
    if (held === null) throw new CodedError("SP-702", { what: "resource", name: key });
    const order = { params: { key: held.answer.id }, query: { dryRun }, ifMatch: held.tag };
    const data = await api.ask("DELETE /resources/:key", order);
    const note = resourceEndText(held.answer);
    if (dryRun) return { ...removalAnswer(data.name), note };
    const text = `removed ${data.name}, ${effectText(data)}`;
    return { schema: "sallyport.resource-removed/1", data, text, note };
  };
  answering(context, remove, run);
}

/** What documents say of it; the id is the store's. */
function traits(shown: ResourceShown): Readonly<Record<string, unknown>> {
  const said = Object.entries(shown).filter(([member]) => member !== "id" && member !== "name");
  return Object.fromEntries(said);
}

function heldTraits(held: ResourceShown | undefined): Readonly<Record<string, unknown>> | null {
  return held === undefined ? null : traits(held);
}
