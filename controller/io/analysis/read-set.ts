/** Reads files as a policy set that fits what the store holds; nothing is written. */
import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { type Cidr, formatCidr, overlaps, parseCidr } from "#shared/net/cidr.ts";
import { runPolicyTests } from "#shared/policy/analysis/policy-tests.ts";
import { documentsForHash } from "#shared/policy/canonical-form.ts";
import { exceptionMaxDays } from "#shared/policy/compile-leaf.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import type { DocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument, TargetDefinition } from "#shared/policy/document.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import { type StoredResource, withStored } from "#shared/policy/stored-resources.ts";
import { catalogue } from "#shared/posture/catalogue.ts";
import { storedOf } from "../../core/access/policy-in-force.ts";
import type { NetworkRecord, PolicyRecord, ResourceRecord, SiteRecord } from "../../core/record.ts";
import { dayMs } from "#shared/base/time-span.ts";

/** A file as it was sent. */
export interface DocumentFile {
  readonly file: string;
  readonly text: string;
}

/** What the store holds that documents may speak of. */
export interface Inventory {
  readonly resources: readonly ResourceRecord[];
  readonly sites: ReadonlyMap<string, SiteRecord>;
  /** Names of sites where nobody looks names up. */
  readonly sitesWithoutResolvers: ReadonlySet<string>;
}

/** Addresses that no resource may have, and the name by which devices find the controller. */
export type Pools = Pick<NetworkRecord, "pool4" | "pool6"> & { readonly ownName: string };

/** What became of files. */
export type DocumentsRead =
  | { readonly kind: "read"; readonly documents: readonly PolicyDocument[] }
  | { readonly kind: "refused"; readonly errors: readonly DocumentError[] };

/** What became of a set. */
export type SetRead =
  | {
      readonly kind: "read";
      readonly documents: readonly PolicyDocument[];
      readonly policy: PolicyRecord;
      /** Tests beside policies that fail, each in one sentence with its place. */
      readonly failures: readonly string[];
    }
  | { readonly kind: "refused"; readonly errors: readonly DocumentError[] };

/** Returns the inventory of lists as the store gives them. */
export function inventoryOf(
  resources: readonly ResourceRecord[],
  sites: readonly SiteRecord[],
): Inventory {
  const without = sites.filter(({ resolvers }) => resolvers.length === 0);
  return {
    resources,
    sites: new Map(sites.map((site) => [site.id, site])),
    sitesWithoutResolvers: new Set(without.map(({ name }) => name)),
  };
}

/** Returns the typed documents, or all errors of all files; `pools` are the tunnel's addresses. */
export function readDocuments(files: readonly DocumentFile[], pools: Pools): DocumentsRead {
  const results = files.map(({ file, text }) => parseDocument(file, text));
  const documents = results.flatMap((one) => (one.kind === "parsed" ? [one.document] : []));
  const shape = results.flatMap((one) => (one.kind === "refused" ? one.errors : []));
  const errors =
    shape.length > 0
      ? shape
      : [...refusedTargets(documents, pools), ...ownNameErrors(documents, pools.ownName)];
  return errors.length > 0 ? { kind: "refused", errors } : { kind: "read", documents };
}

/** What reading and compiling needs. */
export interface HeldSet {
  readonly inventory: Inventory;
  readonly pools: Pools;
  readonly nowAt: number;
}

/** Reads documents and compiles them with the resources that the API made, or returns all errors. */
export function compileSet(
  files: readonly DocumentFile[],
  held: HeldSet,
):
  | {
      readonly kind: "compiled";
      readonly documents: readonly PolicyDocument[];
      readonly set: PolicySet;
    }
  | { readonly kind: "refused"; readonly errors: readonly DocumentError[] } {
  const read = readDocuments(files, held.pools);
  if (read.kind === "refused") return read;
  const { documents } = read;
  const errors = [
    ...tooLongExceptions(documents, held.nowAt),
    ...unresolvedNames(documents, held.inventory),
  ];
  if (errors.length > 0) return { kind: "refused", errors };
  const compiled = compilePolicies(withStored(documents, storedIn(held.inventory)), catalogue);
  if (compiled.kind === "refused") return compiled;
  return { kind: "compiled", documents, set: compiled.set };
}

/** Reads a set, compiles it with the resources that the API made, and runs its tests at `nowAt`. */
export function readSet(files: readonly DocumentFile[], held: HeldSet): SetRead {
  const read = compileSet(files, held);
  if (read.kind === "refused") return read;
  const { documents, set } = read;
  const failures = runPolicyTests(set, held.nowAt)
    .filter(({ passed }) => !passed)
    .map(({ at, policy, why }) => `${at.file}:${at.line}:${at.column}: ${policy}: ${why ?? ""}`);
  return { kind: "read", documents, policy: policyRecordOf(documents), failures };
}

/** Returns an error for each resource whose names nobody could look up: they would fail on devices. */
export function unresolvedNames(
  documents: readonly PolicyDocument[],
  { sitesWithoutResolvers }: Inventory,
): DocumentError[] {
  return documents
    .flatMap(({ resources }) => resources)
    .filter(({ site }) => sitesWithoutResolvers.has(site))
    .flatMap(({ site, targets }) => {
      const named = targets.find(({ domain }) => domain !== undefined);
      if (named === undefined) return [];
      const why = `site \`${site}\` has no \`resolvers\`: nobody there could look up \`${named.domain}\``;
      return [{ code: "SP-601", at: named.at, why }];
    });
}

/** An exception may not live longer than 90 days; only who knows the time can say so. */
function tooLongExceptions(documents: readonly PolicyDocument[], nowAt: number): DocumentError[] {
  const latestAt = nowAt + exceptionMaxDays * dayMs;
  return documents
    .flatMap(({ policies }) => policies)
    .filter(({ exception }) => exception !== undefined && exception.expiresAt > latestAt)
    .map(({ id, at }) => {
      const why = `exception \`${id}\` ends in more than ${exceptionMaxDays} days`;
      return { code: "SP-607", at, why };
    });
}

/** Compiles a stored set with the resources that the API made. */
export function compileStored(
  documents: readonly PolicyDocument[],
  inventory: Inventory,
): PolicySet {
  const result = compilePolicies(withStored(documents, storedIn(inventory)), catalogue);
  if (result.kind === "compiled") return result.set;
  throw new Error(`a stored set does not compile: ${result.errors[0]?.why ?? ""}`);
}

/** Returns the inventory's resources with the names of their sites. */
export function storedIn({ resources, sites }: Inventory): readonly StoredResource[] {
  return resources.map((record) => storedOf(record, sites));
}

/** Returns documents as the store keeps them; the version does not depend on lines and files. */
function policyRecordOf(documents: readonly PolicyDocument[]): PolicyRecord {
  const text = canonicalJson(documentsForHash(documents));
  return {
    version: createHash("sha256").update(text).digest("hex"),
    // Documents are plain data made by the parser.
    body: canonicalJson(JSON.parse(JSON.stringify(documents)) as Json),
  };
}

function refusedTargets(documents: readonly PolicyDocument[], pools: Pools): DocumentError[] {
  const prefixes = [pools.pool4, pools.pool6].map(parseCidr).filter((pool) => pool !== null);
  return documents
    .flatMap((document) => document.resources)
    .flatMap((resource) => resource.targets)
    .flatMap((target) => {
      const why = refusalOf(target, prefixes);
      return why === null ? [] : [{ code: "SP-601" as const, at: target.at, why }];
    });
}

/** Devices ask for protected names through the tunnel alone: they would not find the controller again. */
export function ownNameErrors(
  documents: readonly PolicyDocument[],
  ownName: string,
): DocumentError[] {
  return documents
    .flatMap(({ resources }) => resources)
    .flatMap(({ targets }) => targets)
    .filter(({ domain }) => domain !== undefined && protects(domain, ownName))
    .map(({ domain, at }) => {
      const why = `\`${domain}\` holds \`${ownName}\`, by which devices find the controller`;
      return { code: "SP-611", at, why };
    });
}

/** Tells whether a device that protects a domain asks nobody outside for a name, as netd decides it. */
function protects(domain: string, name: string): boolean {
  const apex = domain.replace(/^\*\./, "");
  return name === apex || name.endsWith(`.${apex}`) || domain.split(".")[0] === name;
}

function refusalOf({ cidr }: TargetDefinition, pools: readonly Cidr[]): string | null {
  const prefix = parseCidr(cidr ?? "");
  const pool = pools.find((one) => prefix !== null && overlaps(one, prefix));
  return pool === undefined ? null : `\`${cidr}\` touches the tunnel addresses ${formatCidr(pool)}`;
}
