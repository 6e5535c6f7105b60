import type { ResourceRecord } from "../record.ts";

/** Returns records in the order of their ids. */
export function sortedResources(
  resources: ReadonlyMap<string, ResourceRecord>,
): readonly ResourceRecord[] {
  return [...resources.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
}
