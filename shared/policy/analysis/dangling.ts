import type { PolicySet } from "../compiled-set.ts";
import type { Condition, GroupsCondition } from "../condition.ts";
import type { Place } from "../place.ts";
import { nearestName } from "../parse/nearest-name.ts";
import type { LintOptions } from "./lint-options.ts";
import type { Finding } from "./finding.ts";

/** Returns W626 for tags that select nothing, levels that nobody asks for, and subjects that do not exist. */
export function danglingFindings(set: PolicySet, options: LintOptions): readonly Finding[] {
  return [...tagFindings(set), ...levelFindings(set), ...subjectFindings(set, options)];
}

function tagFindings(set: PolicySet): readonly Finding[] {
  const tags = new Set(["*", ...set.resources.flatMap((resource) => resource.tags)]);
  return set.policies.flatMap(({ definition: { id, at, resources } }) =>
    resources.tags
      .filter((tag) => !tags.has(tag))
      .map((tag) =>
        dangling(
          { at, policy: id },
          `\`${id}\` names the tag \`${tag}\`, which no resource has`,
          nearestName(tag, tags),
        ),
      ),
  );
}

function dangling(
  where: { readonly at: Place; readonly policy?: string | undefined },
  text: string,
  hint?: string,
): Finding {
  const why = hint === undefined ? text : `${text}; did you mean \`${hint}\`?`;
  return { code: "SP-626", at: where.at, policy: where.policy, why };
}

function levelFindings(set: PolicySet): readonly Finding[] {
  const used = new Set<string>();
  const visit = (condition: Condition): void => {
    if (condition.kind === "level") used.add(condition.level);
    else if (condition.kind === "not") visit(condition.of);
    else if (condition.kind === "all" || condition.kind === "any") condition.of.forEach(visit);
  };
  for (const { definition } of set.levels) visit(definition.when);
  for (const { definition } of set.policies)
    if (definition.when !== undefined) visit(definition.when);
  return set.levels
    .filter(({ definition }) => !used.has(definition.name))
    .map(({ definition: { name, at } }) =>
      dangling({ at }, `level \`${name}\` is not used by any policy`),
    );
}

const subjectKinds = [
  { key: "users", one: "the user", missing: "whom nobody knows" },
  { key: "groups", one: "the group", missing: "which does not exist" },
  { key: "devices", one: "the device", missing: "which does not exist" },
  { key: "tags", one: "the tag", missing: "which no device has" },
  { key: "serviceAccounts", one: "the service account", missing: "which no device has" },
] as const;

function subjectFindings(set: PolicySet, { subjects: known }: LintOptions): readonly Finding[] {
  if (known === undefined) return [];
  return set.policies.flatMap(({ definition: { id, at, subjects, when } }) =>
    subjectKinds.flatMap(({ key, one, missing }) => {
      const list = known[key];
      if (list === undefined) return [];
      const names = new Set(list);
      const asked = key === "groups" ? groupsIn(when).flatMap(({ groups }) => groups) : [];
      return [...new Set([...(subjects[key] ?? []), ...asked])]
        .filter((name) => name !== "*" && !names.has(name))
        .map((name) => {
          const why = `\`${id}\` names ${one} \`${name}\`, ${missing}`;
          return dangling({ at, policy: id }, why, nearestName(name, names));
        });
    }),
  );
}

function groupsIn(condition: Condition | undefined): readonly GroupsCondition[] {
  if (condition === undefined) return [];
  if (condition.kind === "groups") return [condition];
  if (condition.kind === "not") return groupsIn(condition.of);
  return condition.kind === "all" || condition.kind === "any" ? condition.of.flatMap(groupsIn) : [];
}
