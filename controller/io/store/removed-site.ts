/** Sites that were removed: their rows stay under names that no site can have, so that theirs are free. */
import { sql } from "kysely";

/** Returns what a site is called once it is removed. */
export function removedName({ id, name }: { readonly id: string; readonly name: string }): string {
  return `${name} (removed, ${id})`;
}

/** Whether a row of `site` is one that was not removed. */
export const isSiteThere = sql<boolean>`site.name NOT LIKE '% %'`;
