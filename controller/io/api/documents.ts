/** Turns documents into records and back; nothing is written here. */
import { catalogue } from "#shared/posture/catalogue.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import type { ResourceRecord } from "../../core/record.ts";
import { traitsOf } from "../../core/resource-traits.ts";
import { type Inventory, inventoryOf, ownNameErrors, type Pools } from "../analysis/read-set.ts";
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
  // Of a set that was kept before this was looked at.
  const errors = ownNameErrors(documents, ownNameOf(context));
  if (errors.length > 0) throw documentRefusal(errors);
  return documents
    .flatMap((document) => document.resources)
    .map((resource) => ({
      id: newId(context, "res"),
      site: resource.site,
      source,
      ...traitsOf(resource),
    }));
}

/** Returns what no resource may have. */
export function poolsOf({ network, agentsUrl }: Pick<ApiContext, "network" | "agentsUrl">): Pools {
  const { pool4, pool6 } = network;
  return { pool4, pool6, ownName: ownNameOf({ agentsUrl }) };
}

function ownNameOf({ agentsUrl }: Pick<ApiContext, "agentsUrl">): string {
  return new URL(agentsUrl).hostname;
}
