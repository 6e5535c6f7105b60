/** Entity tags (RFC 9110): who changes what they looked at does not undo what came in between. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { RevisedTable } from "../store/operations/revision.ts";
import type { ApiContext } from "./context.ts";

/** Returns the revision that a request insists on; none where it says nothing or `*`. */
export function wantedRevision({ headers }: Pick<FastifyRequest, "headers">): number | undefined {
  const header = headers["if-match"];
  if (header === undefined || header === "*") return undefined;
  const revision = Number(/^"(\d{1,12})"$/.exec(header)?.[1]);
  if (Number.isInteger(revision)) return revision;
  throw new CodedError("SP-703", { why: "If-Match is one entity tag of this API, or *" });
}

/** Gives an answer the tag of the record that it shows. */
export async function tagAnswer(
  context: Pick<ApiContext, "store">,
  reply: FastifyReply,
  record: { readonly table: RevisedTable; readonly id: string },
): Promise<void> {
  const revision = await context.store.read("record.revision", record);
  if (revision !== null) void reply.header("etag", `"${revision}"`);
}
