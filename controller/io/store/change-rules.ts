/** The rules about changes of policy: whether a second person agrees, and who counts as one. */
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Role } from "#shared/base/role.ts";
import { rolesFor } from "../../core/role.ts";
import { readSignIn, roleOf } from "../sign-in/sign-in-settings.ts";
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
  /** Ids, names and addresses of the person when the list was made; absent in lists of old. */
  names: z.array(z.string()).readonly().optional(),
});
const list = z.array(approver).max(approversMax).readonly().optional();
const agreed = z.strictObject({
  secondApprover: z.boolean(),
  /** Absent in damaged rules and in those of old: whoever may approve counts. */
  approvers: list,
  /** Who may only ask for changes; absent in rules of old: nobody. */
  authors: list,
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

/** Returns the hash by which somebody agrees to these rules and to no others. */
export function hashOfWanted(wanted: NonNullable<ChangeRules["wanted"]>): string {
  return createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 16);
}

/**
 * Throws SP-705 where a second person has to agree and the credential was not there when the
 * approvers were agreed on: whoever administers alone could make one.
 */
export async function requireApprover(db: Kysely<Tables>, credential: string): Promise<void> {
  const { secondApprover, approvers } = await findChangeRules(db);
  if (!secondApprover || approvers === undefined) return;
  requireListed(approvers, credential, "approvers");
}

/** Throws SP-705 for an author who was not there, either: it could be the approver's own other self. */
export async function requireAuthor(db: Kysely<Tables>, credential: string): Promise<void> {
  const { secondApprover, approvers, authors = [] } = await findChangeRules(db);
  if (!secondApprover || approvers === undefined) return;
  requireListed([...approvers, ...authors], credential, "approvers and authors");
}

function requireListed(listed: readonly Approver[], credential: string, what: string): void {
  if (listed.some((one) => one.credential === credential)) return;
  const why = `your sign-in is newer than the list of ${what}; two approvers agree to a new list by \`policy rules --second-approver on\``;
  throw new CodedError("SP-705", { why });
}

/** Returns the names under which an administrator stands on the list. */
export async function listedNames(db: Kysely<Tables>, admin: string): Promise<readonly string[]> {
  const { approvers = [], authors = [] } = await findChangeRules(db);
  const own = [...approvers, ...authors].filter(({ names }) => names?.includes(admin) === true);
  return own.flatMap(({ names = [] }) => names);
}

/** Somebody who may do it now, and as which administrator. */
export type Able = Approver & { readonly admin: string };

/** Returns all by whom somebody may approve, or author, now. */
export async function listAble(
  db: Kysely<Tables>,
  needed: "approve" | "author",
  nowAt: number,
): Promise<readonly Able[]> {
  const able = rolesFor(needed);
  const tokens = await db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["api_token.id as credential", "api_token.name", "admin.id as admin"])
    .where("api_token.role", "in", able)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", nowAt)]))
    .orderBy("api_token.id")
    .execute();
  const passkeys = await db
    .selectFrom("admin")
    .select(["id as credential", "name", "id as admin"])
    .where("role", "in", able)
    .where("id", "in", db.selectFrom("passkey").select("admin"))
    .orderBy("id")
    .execute();
  const people = await peopleOf(db, able);
  return [
    ...tokens.map((token) => ({ ...token, by: "token" as const })),
    ...passkeys.map((person) => ({ ...person, by: "passkey" as const })),
    ...people.map((person) => ({ ...person, by: "provider" as const })),
  ];
}

/** Whom the groups of the last sign-in give one of the roles. */
async function peopleOf(db: Kysely<Tables>, able: readonly Role[]) {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "signIn")
    .executeTakeFirst();
  const settings = readSignIn(row === undefined ? {} : { signIn: JSON.parse(row.body) });
  if (settings === null) return [];
  const people = await db
    .selectFrom("admin")
    .innerJoin("user_", "user_.id", "admin.user")
    .select(["admin.id as credential", "admin.name", "admin.id as admin", "admin.user"])
    .where("user_.active", "=", 1)
    .orderBy("admin.id")
    .execute();
  const memberships = await db
    .selectFrom("membership")
    .innerJoin("group_", "group_.id", "membership.group_")
    .select(["user", "group_.name"])
    .where("membership.source", "=", "idp")
    .execute();
  return people
    .filter(({ user }) => {
      const groups = memberships.filter((one) => one.user === user).map(({ name }) => name);
      const role = roleOf(settings, groups);
      return role !== null && able.includes(role);
    })
    .map(({ credential, name, admin }) => ({ credential, name, admin }));
}
