/** The rules about changes of policy: whether a second person agrees, and who counts as one. */
import type { Kysely } from "kysely";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { rolesFor } from "../../core/role.ts";
import type { Tables } from "./tables.ts";

/** The key of the setting. */
export const changeRulesKey = "policyChanges";
/** More than these are not written down, and so cannot be agreed on. */
export const approversMax = 1_000;

const approver = z.strictObject({
  /** Of the token, else of the administrator. */
  credential: z.string(),
  name: z.string(),
  by: z.enum(["token", "passkey", "provider"]),
});
const agreed = z.strictObject({
  secondApprover: z.boolean(),
  /** Absent in damaged rules and in those of old: whoever may approve counts. */
  approvers: z.array(approver).max(approversMax).readonly().optional(),
});
const proposed = agreed.extend({ by: z.string(), byId: z.string(), at: z.number() });
const stored = agreed.extend({
  /** What waits for another approver; nobody can agree to what is damaged. */
  wanted: proposed.optional().catch(undefined),
});

/** Somebody whose word counts where a second person has to agree. */
export type Approver = z.infer<typeof approver>;
/** The rules, and those that somebody wants in their place. */
export type ChangeRules = z.infer<typeof stored>;

/** Returns the rules in settings; nothing set = nobody else has to approve, damaged = somebody has. */
export function changeRulesOf(settings: Readonly<Record<string, unknown>>): ChangeRules {
  const held = settings[changeRulesKey];
  if (held === undefined) return { secondApprover: false };
  const rules = stored.safeParse(held);
  return rules.success ? rules.data : { secondApprover: true };
}

/** Reads the rules inside of a transaction. */
export async function findChangeRules(db: Kysely<Tables>): Promise<ChangeRules> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", changeRulesKey)
    .executeTakeFirst();
  return changeRulesOf(row === undefined ? {} : { [changeRulesKey]: JSON.parse(row.body) });
}

/**
 * Throws SP-705 where a second person has to agree and the credential was not there when the
 * approvers were agreed on: whoever administers alone could make one.
 */
export async function requireApprover(db: Kysely<Tables>, credential: string): Promise<void> {
  const { secondApprover, approvers } = await findChangeRules(db);
  if (!secondApprover || approvers === undefined) return;
  if (approvers.some((one) => one.credential === credential)) return;
  const why =
    "your sign-in is newer than the list of approvers; two of them agree to a new list by `policy rules --second-approver on`";
  throw new CodedError("SP-705", { why });
}

/** Returns all by whom somebody may approve now. */
export async function listApprovers(
  db: Kysely<Tables>,
  nowAt: number,
): Promise<readonly (Approver & { readonly admin: string })[]> {
  const able = rolesFor("approve");
  const tokens = await db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["api_token.id as credential", "api_token.name", "admin.id as admin"])
    .where("api_token.role", "in", able)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", nowAt)]))
    .orderBy("api_token.id")
    .execute();
  const people = await db
    .selectFrom("admin")
    .leftJoin("user_", "user_.id", "admin.user")
    .select(["admin.id as credential", "admin.name", "admin.id as admin", "admin.user"])
    // What a provider's groups give is known at the sign-in alone.
    .where((eb) => eb.or([eb("admin.role", "in", able), eb("user_.active", "=", 1)]))
    .orderBy("admin.id")
    .execute();
  return [
    ...tokens.map((token) => ({ ...token, by: "token" as const })),
    ...people.map(({ user, ...person }) => {
      const by = user === null ? ("passkey" as const) : ("provider" as const);
      return { ...person, by };
    }),
  ];
}
