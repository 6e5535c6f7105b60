import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** The tables as queries see them, for those who compute over them elsewhere. */
export type StoreReader = Kysely<Tables>;
