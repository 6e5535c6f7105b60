/** Which policies speak of a subject: found by index, never by scanning the set. */
import type { CompiledPolicy, PolicySet } from "./compiled-set.ts";
import type { Input } from "./input.ts";

/**
 * Visits the policies whose subjects match the input. One that matches by two groups is visited
 * twice: everything that is done with an outcome is idempotent, which is cheaper than a set here.
 */
export function forEachCandidate(
  set: PolicySet,
  input: Input,
  visit: (policy: CompiledPolicy) => void,
): void {
  const type = input.user === undefined ? "device" : "user";
  const visitKey = (key: string): void => {
    const listed = set.bySubject.get(key);
    if (listed === undefined) return;
    for (const policy of listed) {
      const { types } = policy.definition.subjects;
      if (types.length === 0 || types.includes(type)) visit(policy);
    }
  };
  visitKey("*");
  visitKey(`d:${input.device.id}`);
  for (const group of input.device.groups) visitKey(`g:${group}`);
  for (const tag of input.device.tags) visitKey(`t:${tag}`);
  if (input.user === undefined) return;
  visitKey(`u:${input.user.id}`);
  for (const group of input.user.groups) visitKey(`g:${group}`);
}

/** Tells whether a policy speaks about the resource with this index. */
export function covers(policy: CompiledPolicy, resource: number): boolean {
  return ((policy.resources[resource >>> 5] ?? 0) & (1 << (resource & 31))) !== 0;
}
