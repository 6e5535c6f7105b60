import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { siteContent } from "#shared/protocol/api/order.ts";
import type { SiteShown } from "#shared/protocol/api/place.ts";
import { siteEndText } from "#shared/protocol/api/removal-text.ts";
import { effectText } from "#shared/protocol/api/step-text.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { parsedFile, readDocuments, readObjects, requireName, requireOnce } from "../documents.ts";
import {
  appliedText,
  differenceAnswer,
  differenceOf,
  type RecordDifference,
  removalAnswer,
} from "../record-difference.ts";
import { fieldsText, tableText } from "../table.ts";

/** Adds `site list|show|apply|diff|remove`. */
export function addSiteCommands(program: Command, context: CommandContext): void {
  const group = program.command("site").description("places with gateways");
  answering(context, group.command("list").description("list sites"), async () => {
    const data = await apiOf(context).ask("GET /sites");
    const rows = data.items.map((site) => [site.id, site.name, site.forwarding]);
    const text = tableText(["ID", "NAME", "FORWARDING"], rows);
    return { schema: "sallyport.site-list/1", data, text };
  });
  const show = group.command("show").description("show a site").argument("<site>", "its name");
  answering(context, show, async (name: string) => {
    const site = await apiOf(context).ask("GET /sites/:name", { params: { name } });
    const text = fieldsText([
      ["id", site.id],
      ["name", site.name],
      ["forwarding", site.forwarding],
      ["resolvers", site.resolvers],
    ]);
    return { schema: "sallyport.site/1", data: site, text };
  });
  addApply(group, context);
  addRemove(group, context);
}

function sitesIn(files: readonly string[]) {
  const place = files.join(" ");
  const sites = readObjects(readDocuments(files)).map(({ name: given, ...content }) => {
    const name = requireName(given, place);
    return { name, body: parsedFile(siteContent, content, name) };
  });
  requireOnce(sites, place);
  return sites;
}

function addApply(group: Command, context: CommandContext): void {
  const apply = group
    .command("apply")
    .description("make sites as YAML files say")
    .argument("<files...>", "each document: name, forwarding, resolvers; - is stdin")
    .option("--dry-run", "only say what would change");
  const diff = group
    .command("diff")
    .description("say what `apply` would change; exit 1 where anything would")
    .argument("<files...>", "each document: name, forwarding, resolvers; - is stdin");
  const run = async (files: string[], { dryRun = false }: { readonly dryRun?: boolean }) => {
    const api = apiOf(context);
    const items: SiteShown[] = [];
    const differences: RecordDifference[] = [];
    // All are read before the first is written.
    for (const { name, body } of sitesIn(files)) {
      const held = await api.look("GET /sites/:name", { params: { name } });
      const difference = differenceOf(name, held?.answer ?? null, body);
      differences.push(difference);
      if (dryRun) continue;
      const order = { params: { name }, body, ifMatch: held?.tag };
      const isThere = held !== null && difference.change === "same";
      items.push(isThere ? held.answer : await api.ask("PUT /sites/:name", order));
    }
    if (dryRun) return differenceAnswer(differences);
    const text = appliedText("site", differences);
    return { schema: "sallyport.site-list/1", data: { items }, text };
  };
  answering(context, apply, run);
  answering(context, diff, (files: string[]) => run(files, { dryRun: true }));
}

function addRemove(group: Command, context: CommandContext): void {
  const remove = group
    .command("remove")
    .description("remove a site that has neither gateways nor resources")
    .argument("<site>", "its name")
    .option("--dry-run", "only say what would become of it");
  const run = async (name: string, { dryRun = false }: { readonly dryRun?: boolean }) => {
    const api = apiOf(context);
    const held = await api.look("GET /sites/:name", { params: { name } });
    if (held === null) throw new CodedError("SP-702", { what: "site", name });
    const order = { params: { name }, query: { dryRun }, ifMatch: held.tag };
    const data = await api.ask("DELETE /sites/:name", order);
    const note = siteEndText(data);
    if (dryRun) return { ...removalAnswer(name), note };
    const text = `removed ${name}, ${effectText(data)}`;
    return { schema: "sallyport.site-removed/1", data, text, note };
  };
  answering(context, remove, run);
}
