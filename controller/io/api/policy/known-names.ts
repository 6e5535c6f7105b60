import type { LintOptions } from "#shared/policy/analysis/lint-options.ts";
import type { Actor } from "../actor.ts";
import type { ApiContext } from "../context.ts";

/** Returns whom policies may name, and the names of whoever asks. */
export async function knownNames(
  { desk, store }: Pick<ApiContext, "desk" | "store">,
  actor: Pick<Actor, "admin">,
): Promise<Required<Pick<LintOptions, "subjects" | "author">>> {
  const { groups, ...others } = desk.subjects();
  const people = await store.read("people.names", undefined);
  const { names } = await store.read("person.find", actor.admin);
  const all = [...new Set([...groups, ...people.groups])].sort();
  return { subjects: { ...others, users: people.users, groups: all }, author: names };
}
