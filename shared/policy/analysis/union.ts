/**
 * Whether several policies together leave nothing to one. Asked for each subject entry, kind of
 * session and resource apart, because another few may cover each of them.
 */
import { covers } from "../candidates.ts";
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import { areCovered, productOf } from "./box.ts";
import type { Judged } from "./judged.ts";

/** More different lists of others than this are not tried. */
const listsMax = 64;
const othersMax = 32;

const kinds = ["groups", "users", "devices", "tags", "serviceAccounts"] as const;

/** Returns the ids of the others that leave nothing to a policy, as few as were found; null = something is left. */
export function coveredBy(
  inner: Judged,
  set: PolicySet,
  others: ReadonlyMap<CompiledPolicy, Judged>,
): readonly string[] | null {
  if (inner.boxes === null || inner.boxes.length === 0) return null;
  const lists = listsFor(inner, set, others);
  if (lists === null) return null;
  const ids = new Set<string>();
  for (const list of lists) {
    const needed = fewest(inner, list);
    if (needed === null) return null;
    for (const { policy } of needed) ids.add(policy.definition.id);
  }
  return ids.size === 0 ? null : [...ids].sort();
}

/** The lists of others that speak of the same; null where nobody does for some, or there are too many. */
function listsFor(
  { policy: inner }: Judged,
  set: PolicySet,
  others: ReadonlyMap<CompiledPolicy, Judged>,
): Iterable<readonly Judged[]> | null {
  const lists = new Map<string, readonly Judged[]>();
  for (const speakers of speakersFor(inner, set, others)) {
    for (let resource = 0; resource < set.resources.length; resource++) {
      if (!covers(inner, resource)) continue;
      const list = speakers.filter(({ policy }) => covers(policy, resource));
      if (list.length === 0 || list.length > othersMax) return null;
      lists.set(list.map(({ policy }) => policy.definition.id).join(), list);
      if (lists.size > listsMax) return null;
    }
  }
  return lists.values();
}

/** For each subject entry and kind of session of a policy: the others that speak of it too. */
function speakersFor(
  inner: CompiledPolicy,
  set: PolicySet,
  others: ReadonlyMap<CompiledPolicy, Judged>,
): readonly (readonly Judged[])[] {
  const { subjects } = inner.definition;
  const everyone = set.bySubject.everyone?.policies ?? [];
  return kinds.flatMap((kind) =>
    (subjects[kind] ?? []).flatMap((name) => {
      const own = set.bySubject[kind].get(name)?.policies ?? [];
      const all = [...new Set([...everyone, ...own])];
      return [0, 1]
        .filter((type) => inner.applies[type] === true)
        .map((type) =>
          all.flatMap((policy) => {
            const judged = policy.applies[type] === true ? others.get(policy) : undefined;
            return judged === undefined || policy === inner ? [] : [judged];
          }),
        );
    }),
  );
}

/** Takes away one after the other what is not needed. */
function fewest(inner: Judged, list: readonly Judged[]): readonly Judged[] | null {
  if (!isCovered(inner, list)) return null;
  let kept = list;
  for (const one of list) {
    const fewer = kept.filter((other) => other !== one);
    if (isCovered(inner, fewer)) kept = fewer;
  }
  return kept;
}

/** An allow matches where it surely holds, a deny wherever it does not surely fail: unknown counts for it. */
function isCovered(inner: Judged, list: readonly Judged[]): boolean {
  const denied = list[0]?.policy.definition.effect === "deny";
  if (!denied)
    return areCovered(
      inner.boxes ?? [],
      list.flatMap(({ boxes }) => boxes ?? []),
    );
  const open = productOf(list.map(({ fails }) => fails));
  if (open === null) return false;
  if (inner.policy.definition.effect === "deny") {
    return inner.fails !== null && areCovered(open, inner.fails);
  }
  return productOf([inner.boxes, open])?.length === 0;
}
