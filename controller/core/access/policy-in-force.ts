/** The policy set in force: stored documents and the store's resources, compiled together. */
import { catalogue } from "#shared/posture/catalogue.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { formatDocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { type StoredResource, withStored } from "#shared/policy/stored-resources.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { PolicyRecord, ResourceRecord, SiteRecord } from "../record.ts";

/** A compiled set with the documents that it was made of; resources are keyed by name in it. */
export interface PolicyInForce {
  readonly version: string;
  readonly documents: readonly PolicyDocument[];
  readonly set: PolicySet;
  /** The same with its policies in shadow mode enforced; null where it has none. */
  readonly enforcedSet: PolicySet | null;
  readonly idsByName: ReadonlyMap<string, string>;
}

/** What became of documents and resources. */
export type InForceResult =
  | { readonly kind: "compiled"; readonly policy: PolicyInForce }
  | { readonly kind: "refused"; readonly error: ErrorRef };

/** Returns the documents of a stored set. */
export function documentsOf(record: Pick<PolicyRecord, "body"> | null): readonly PolicyDocument[] {
  return record === null ? [] : (JSON.parse(record.body) as readonly PolicyDocument[]);
}

/** Compiles documents with the stored resources that count beside them; refuses the whole where anything is not sure. */
export function putInForce(
  documents: readonly PolicyDocument[],
  version: string,
  held: {
    readonly resources: ReadonlyMap<string, ResourceRecord>;
    readonly sites: ReadonlyMap<string, SiteRecord>;
  },
): InForceResult {
  const records = [...held.resources.values()];
  const stored = records.map((record) => storedOf(record, held.sites));
  const result = compilePolicies(withStored(documents, stored), catalogue);
  const enforcedSet = hasShadow(documents)
    ? compilePolicies(withStored(documents.map(enforced), stored), catalogue)
    : null;
  if (result.kind === "refused") {
    const [first] = result.errors;
    const why = first === undefined ? "unknown" : formatDocumentError(first);
    return { kind: "refused", error: { code: "SP-601", params: { at: "policy", why } } };
  }
  const idsByName = new Map(records.map((record) => [record.name, record.id]));
  const policy = {
    version,
    documents,
    set: result.set,
    enforcedSet: enforcedSet?.kind === "compiled" ? enforcedSet.set : null,
    idsByName,
  };
  return { kind: "compiled", policy };
}

/** Returns a record with the name of its site; an unknown site keeps its id. */
export function storedOf(
  record: ResourceRecord,
  sites: ReadonlyMap<string, Pick<SiteRecord, "name">>,
): StoredResource {
  return { ...record, site: sites.get(record.site)?.name ?? record.site };
}

function hasShadow(documents: readonly PolicyDocument[]): boolean {
  return documents.some(({ policies }) => policies.some(({ mode }) => mode === "shadow"));
}

function enforced(document: PolicyDocument): PolicyDocument {
  const policies = document.policies.map((policy) => ({ ...policy, mode: "enforce" as const }));
  return { ...document, policies };
}
