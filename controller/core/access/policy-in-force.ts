/** The policy set in force: stored documents and the store's resources, compiled together. */
import { catalogue } from "#shared/posture/catalogue.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { formatDocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument, ResourceDefinition } from "#shared/policy/document.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { PolicyRecord, ResourceRecord, SiteRecord } from "../record.ts";

/** A compiled set with the documents that it was made of; resources are keyed by name in it. */
export interface PolicyInForce {
  readonly version: string;
  readonly documents: readonly PolicyDocument[];
  readonly set: PolicySet;
  readonly idsByName: ReadonlyMap<string, string>;
}

/** What became of documents and resources. */
export type InForceResult =
  | { readonly kind: "compiled"; readonly policy: PolicyInForce }
  | { readonly kind: "refused"; readonly error: ErrorRef };

const nowhere = { file: "api", line: 1, column: 1 };

/** Returns the documents of a stored set; its own resources stand in the store, so they are left out here. */
export function documentsOf(record: PolicyRecord | null): readonly PolicyDocument[] {
  if (record === null) return [];
  const documents = JSON.parse(record.body) as readonly PolicyDocument[];
  return documents.map((document) => ({ ...document, resources: [] }));
}

/** Compiles documents with the store's resources; refuses the whole where anything is not sure. */
export function putInForce(
  documents: readonly PolicyDocument[],
  version: string,
  held: {
    readonly resources: ReadonlyMap<string, ResourceRecord>;
    readonly sites: ReadonlyMap<string, SiteRecord>;
  },
): InForceResult {
  const records = [...held.resources.values()];
  const resources = records.map((record): ResourceDefinition => ({
    ...record,
    site: held.sites.get(record.site)?.name ?? record.site,
    targets: record.targets.map((target) => ({ ...target, at: nowhere })),
    at: nowhere,
  }));
  const stored: PolicyDocument = { file: "api", resources, levels: [], policies: [] };
  const result = compilePolicies([...documents, stored], catalogue);
  if (result.kind === "refused") {
    const [first] = result.errors;
    const why = first === undefined ? "unknown" : formatDocumentError(first);
    return { kind: "refused", error: { code: "SP-601", params: { at: "policy", why } } };
  }
  const idsByName = new Map(records.map((record) => [record.name, record.id]));
  return { kind: "compiled", policy: { version, documents, set: result.set, idsByName } };
}
