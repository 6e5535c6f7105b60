/** What differs between two sets of documents, by name: places and order do not count. */
import { canonicalJson, type Json } from "../../base/canonical-json.ts";
import { withoutPlaces } from "../canonical-form.ts";
import type { PolicyDocument } from "../document.ts";

/** One difference. */
export interface DocumentChange {
  readonly what: "resource" | "level" | "policy" | "ring" | "riskWeight";
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
}

/** Returns the differences, sorted by kind and name. */
export function diffDocuments(
  before: readonly PolicyDocument[],
  after: readonly PolicyDocument[],
): readonly DocumentChange[] {
  const [old, next] = [itemsOf(before), itemsOf(after)];
  const changes: DocumentChange[] = [];
  for (const key of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    const [one, other] = [old.get(key), next.get(key)];
    if (one === other) continue;
    const [what, name] = key.split(" ") as [DocumentChange["what"], string];
    const change = one === undefined ? "added" : other === undefined ? "removed" : "changed";
    changes.push({ what, name, change });
  }
  return changes;
}

function itemsOf(documents: readonly PolicyDocument[]): ReadonlyMap<string, string> {
  const items = new Map<string, string>();
  const put = (key: string, item: object): void => {
    items.set(key, canonicalJson(withoutPlaces(item) as Json));
  };
  for (const { resources, levels, policies, rings = [], riskWeights = [] } of documents) {
    for (const resource of resources) put(`resource ${resource.name}`, resource);
    for (const level of levels) put(`level ${level.name}`, level);
    for (const policy of policies) put(`policy ${policy.id}`, policy);
    for (const weight of riskWeights) put(`riskWeight ${weight.sighting}`, weight);
    rings.forEach((ring, place) => {
      put(`ring ${ring.name}`, { ...ring, place });
    });
  }
  return items;
}
