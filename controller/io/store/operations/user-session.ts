/** Signs people in on devices and out of them. */
import type { Kysely } from "kysely";
import type { UserRecord, UserSession } from "../../../core/person/user-record.ts";
import { readUsers } from "../queries/person.ts";
import type { Tables } from "../tables.ts";
import { writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { type Person, takePerson } from "./person.ts";

/** A sign-in of a person on a device. */
export interface NewUserSession {
  readonly person: Person;
  readonly admitUnknown: boolean;
  readonly session: Omit<UserSession, "user">;
  readonly at: number;
}

/** Who signed in; or why nobody did. */
export type UserSessionOutcome =
  | { readonly kind: "opened"; readonly user: UserRecord; readonly session: UserSession }
  | { readonly kind: "unknown" | "inactive" };

/** Takes the person in and signs it in on the device, in the place of whoever was. */
export const openUserSession: Operation<NewUserSession, UserSessionOutcome> = async (
  db,
  { person, admitUnknown, session, at },
) => {
  const known = await takePerson(db, person, { at, admitUnknown });
  const outcome = known === null ? "unknown" : known.active ? "opened" : "inactive";
  await writeAudit(db, {
    at,
    actor: `user:${known?.name ?? person.name}`,
    action: outcome === "opened" ? "sign-in begin" : "sign-in refuse",
    subject: session.device,
    body: { by: "oidc", session: session.id, acr: session.acr, groups: person.groups, outcome },
  });
  if (known === null || outcome !== "opened") {
    return { kind: known === null ? "unknown" : "inactive" };
  }
  const { id, device, acr, amr, authAt: auth_at, expiresAt: expires_at } = session;
  await endOn(db, device, at);
  const times = { auth_at, expires_at, ended_at: null, created_at: at };
  const row = { id, device, user: known.id, acr, amr: JSON.stringify(amr), ...times };
  await db.insertInto("user_session").values(row).execute();
  const [user] = await readUsers(db, { ids: [known.id] });
  if (user === undefined) throw new Error("the user that was taken in is not there");
  return { kind: "opened", user, session: { ...session, user: known.id } };
};

/** Notes the end of a sign-in. */
export async function endUserSession(
  db: Kysely<Tables>,
  { session, at }: { readonly session: string; readonly at: number },
): Promise<void> {
  await db
    .updateTable("user_session")
    .set({ ended_at: at })
    .where("id", "=", session)
    .where("ended_at", "is", null)
    .execute();
}

async function endOn(db: Kysely<Tables>, device: string, at: number): Promise<void> {
  await db
    .updateTable("user_session")
    .set({ ended_at: at })
    .where("device", "=", device)
    .where("ended_at", "is", null)
    .execute();
}
