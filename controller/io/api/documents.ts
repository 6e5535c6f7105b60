/** Reads and checks policy documents together with what the store holds; nothing is written here. */
import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { catalogue } from "#shared/posture/catalogue.ts";
import { documentsForHash } from "#shared/policy/canonical-form.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import { type Cidr, formatCidr, overlaps, parseCidr } from "#shared/net/cidr.ts";
import type {
  PolicyDocument,
  ResourceDefinition,
  TargetDefinition,
} from "#shared/policy/document.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import type { NetworkRecord, PolicyRecord, ResourceRecord, SiteRecord } from "../../core/record.ts";
import { type ApiContext, newId } from "./context.ts";
import { DocumentRefusal } from "./document-refusal.ts";

/** A file as it was sent. */
export interface DocumentFile {
  readonly file: string;
  readonly text: string;
}

/** What the store holds that documents may speak of. */
export interface Inventory {
  readonly resources: readonly ResourceRecord[];
  readonly siteNames: ReadonlyMap<string, string>;
  readonly policy: PolicyRecord | null;
}

/** Returns the typed documents, or throws all errors of all files; `network` holds the tunnel pools. */
export function readDocuments(
  files: readonly DocumentFile[],
  network: Pick<NetworkRecord, "pool4" | "pool6">,
): readonly PolicyDocument[] {
  const results = files.map(({ file, text }) => parseDocument(file, text));
  const errors = results.flatMap((result) => (result.kind === "refused" ? result.errors : []));
  if (errors.length > 0) throw new DocumentRefusal(errors);
  const documents = results.flatMap((result) =>
    result.kind === "parsed" ? [result.document] : [],
  );
  refuseTargets(documents, network);
  return documents;
}

/** Throws unless the documents compile together: names resolve, no target is given twice. */
export function checkTogether(documents: readonly PolicyDocument[]): void {
  const result = compilePolicies(documents, catalogue);
  if (result.kind === "refused") throw new DocumentRefusal(result.errors);
}

/** Reads what documents may speak of. */
export async function readInventory(context: ApiContext): Promise<Inventory> {
  const sites = await context.store.read("site.list", undefined);
  return {
    resources: await context.store.read("resource.list", undefined),
    siteNames: new Map(sites.map((site: SiteRecord) => [site.id, site.name])),
    policy: await context.store.read("policy.active", undefined),
  };
}

/** Returns stored resources as one document, as the core compiles them. */
export function storedDocument(
  inventory: Inventory,
  keep: (resource: ResourceRecord) => boolean,
): PolicyDocument {
  const at = { file: "stored resources", line: 1, column: 1 };
  const resources = inventory.resources.filter(keep).map((record): ResourceDefinition => ({
    ...record,
    site: inventory.siteNames.get(record.site) ?? record.site,
    targets: record.targets.map((target) => ({ ...target, at })),
    at,
  }));
  return { file: at.file, resources, levels: [], policies: [] };
}

/** Returns the set in force without its resources, which stand in the store. */
export function documentsInForce(policy: PolicyRecord | null): readonly PolicyDocument[] {
  if (policy === null) return [];
  const documents = JSON.parse(policy.body) as readonly PolicyDocument[];
  return documents.map((document) => ({ ...document, resources: [] }));
}

/** Returns documents as the store keeps them; the version does not depend on lines and files. */
export function policyRecordOf(documents: readonly PolicyDocument[]): PolicyRecord {
  const text = canonicalJson(documentsForHash(documents));
  return {
    version: createHash("sha256").update(text).digest("hex"),
    // Documents are plain data made by the parser.
    body: canonicalJson(JSON.parse(JSON.stringify(documents)) as Json),
  };
}

/** Returns resources as records to apply; `site` is still a name, the id is used for new names only. */
export function recordsOf(
  context: ApiContext,
  documents: readonly PolicyDocument[],
  source: "git" | "api",
): readonly ResourceRecord[] {
  return documents
    .flatMap((document) => document.resources)
    .map((resource) => ({
      id: newId(context, "res"),
      name: resource.name,
      site: resource.site,
      targets: resource.targets.map(({ cidr, proto, ports }) => ({
        cidr,
        proto,
        ports: [...ports],
      })),
      tags: resource.tags,
      sensitivity: resource.sensitivity,
      protected: resource.protected,
      leaseSeconds: resource.leaseSeconds,
      offlineToleranceSeconds: resource.offlineToleranceSeconds,
      serverToDevice: false,
      source,
    }));
}

function refuseTargets(
  documents: readonly PolicyDocument[],
  network: Pick<NetworkRecord, "pool4" | "pool6">,
): void {
  const pools = [network.pool4, network.pool6].map(parseCidr).filter((pool) => pool !== null);
  const errors = documents
    .flatMap((document) => document.resources)
    .flatMap((resource) => resource.targets)
    .flatMap((target) => {
      const why = refusalOf(target, pools);
      return why === null ? [] : [{ code: "SP-601" as const, at: target.at, why }];
    });
  if (errors.length > 0) throw new DocumentRefusal(errors);
}

function refusalOf({ cidr, domain }: TargetDefinition, pools: readonly Cidr[]): string | null {
  // Gateways of this version know no names, and one such target would make them refuse all others.
  if (domain !== undefined) return `\`${domain}\` is a domain; this version takes prefixes only`;
  const prefix = parseCidr(cidr ?? "");
  const pool = pools.find((one) => prefix !== null && overlaps(one, prefix));
  return pool === undefined ? null : `\`${cidr}\` touches the tunnel addresses ${formatCidr(pool)}`;
}
