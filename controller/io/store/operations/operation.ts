import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** Runs inside the writer's transaction; a throw undoes this operation alone. */
export type Operation<A, R> = (db: Kysely<Tables>, args: A) => Promise<R>;
