/** Which resources of a controller's table count beside documents: one answer for all who compile. */
import type { PolicyDocument, ResourceDefinition, TargetDefinition } from "./document.ts";

/** A resource as a controller keeps it; `site` is a name here. */
export interface StoredResource extends Omit<ResourceDefinition, "targets" | "at"> {
  readonly source: "git" | "api";
  readonly targets: readonly Omit<TargetDefinition, "at">[];
}

const at = { file: "stored resources", line: 1, column: 1 };

/**
 * Returns the documents with what the API made beside them. What they name themselves counts as they
 * say, and what came from other documents does not count, so that two sets may differ about both.
 */
export function withStored(
  documents: readonly PolicyDocument[],
  stored: readonly StoredResource[],
): readonly PolicyDocument[] {
  const named = new Set(documents.flatMap(({ resources }) => resources.map(({ name }) => name)));
  const made = stored.filter(({ source, name }) => source === "api" && !named.has(name));
  return [...documents, storedDocument(made)];
}

/** Returns stored resources as one document. */
export function storedDocument(stored: readonly StoredResource[]): PolicyDocument {
  const resources = stored.map((resource) => ({
    ...resource,
    targets: resource.targets.map((target) => ({ ...target, at })),
    at,
  }));
  return { file: at.file, resources, levels: [], policies: [] };
}
