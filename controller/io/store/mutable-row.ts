import type { Generated } from "kysely";

/** Rows that change: `revision` rises with each change and is the ETag. */
export interface Mutable {
  readonly created_at: number;
  readonly revision: Generated<number>;
}
