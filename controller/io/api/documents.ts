/** Turns documents into records and back; nothing is written here. */
import { catalogue } from "#shared/posture/catalogue.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import type { DocumentError } from "#shared/policy/document-error.ts";
import type { ResourceRecord } from "../../core/record.ts";
import { traitsOf } from "../../core/resource-traits.ts";
import { type Inventory, inventoryOf } from "../analysis/read-set.ts";
import { type ApiContext, newId } from "./context.ts";
import { documentRefusal } from "./document-refusal.ts";

/** Throws unless the documents compile together: names resolve, no target is given twice. */
export function checkTogether(documents: readonly PolicyDocument[]): void {
  const result = compilePolicies(documents, catalogue);
  if (result.kind === "refused") throw documentRefusal(result.errors);
}

/** Reads what documents may speak of. */
export async function readInventory({ store }: Pick<ApiContext, "store">): Promise<Inventory> {
  const [resources, sites] = await Promise.all([
    store.read("resource.list", undefined),
    store.read("site.list", undefined),
  ]);
  return inventoryOf(resources, sites);
}

/** Returns resources as records to apply; `site` is still a name, the id is used for new names only. */
export function recordsOf(
  context: ApiContext,
  documents: readonly PolicyDocument[],
  source: "git" | "api",
): readonly ResourceRecord[] {
  const shadowed = documents.flatMap((document) => shadowsOf(document, context.agentsUrl));
  if (shadowed.length > 0) throw documentRefusal(shadowed);
  return documents
    .flatMap((document) => document.resources)
    .map((resource) => ({
      id: newId(context, "res"),
      site: resource.site,
      source,
      ...traitsOf(resource),
    }));
}

/** Devices ask for protected names through the tunnel alone: they would not find the controller again. */
function shadowsOf({ resources }: PolicyDocument, agentsUrl: string): DocumentError[] {
  const own = new URL(agentsUrl).hostname;
  return resources
    .flatMap(({ targets }) => targets)
    .filter(({ domain }) => domain !== undefined && protects(domain, own))
    .map(({ domain, at }) => {
      const why = `\`${domain}\` holds \`${own}\`, by which devices find the controller`;
      return { code: "SP-611", at, why };
    });
}

/** Tells whether a device that protects a domain asks nobody outside for a name, as netd decides it. */
function protects(domain: string, name: string): boolean {
  const apex = domain.replace(/^\*\./, "");
  return name === apex || name.endsWith(`.${apex}`) || domain.split(".")[0] === name;
}
