/** Names of identities: from the hostname, unique, in the grammar of names. */
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** Returns the wanted hostname's first label as a name; a taken one gets the id's last characters. */
export async function freeName(
  db: Kysely<Tables>,
  role: "device" | "gateway",
  request: { readonly wanted: string; readonly id: string },
): Promise<string> {
  const label = request.wanted.toLowerCase().split(".")[0] ?? "";
  const clean = label.replace(/[^a-z0-9_-]/g, "-").replace(/^[^a-z0-9]+/, "");
  const name = clean.slice(0, 48) || role;
  const taken = await db.selectFrom(role).select("id").where("name", "=", name).executeTakeFirst();
  return taken === undefined ? name : `${name}-${request.id.slice(-8)}`;
}
