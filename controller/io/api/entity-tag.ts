/** Entity tags (RFC 9110): who changes what they looked at does not undo what came in between. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { RevisedTable, WantedRevision } from "../store/operations/revision.ts";
import type { ApiContext } from "./context.ts";

/** Returns the revision that a request insists on, as it says it; undefined where it says nothing. */
export function wantedRevision({ headers }: Pick<FastifyRequest, "headers">): WantedRevision {
  const header = headers["if-match"];
  if (header === undefined) return undefined;
  if (header === "*") return "any";
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

/** Returns the tag of a value that has no revision of its own: what it is made of. */
export function contentTag(value: object): string {
  return `"${createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32)}"`;
}

/** Throws unless a request names what it replaces: SP-713 where it says nothing, SP-711 where it is another. */
export function requireContent(
  { headers }: Pick<FastifyRequest, "headers">,
  what: string,
  held: object,
): void {
  const header = headers["if-match"];
  if (header === undefined) throw new CodedError("SP-713", { what });
  const tag = contentTag(held);
  if (header === "*" || header === tag) return;
  throw new CodedError("SP-711", { what, wanted: header.slice(0, 64), held: tag });
}
