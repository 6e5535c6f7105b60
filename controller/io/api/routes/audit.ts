import type { ApiContext, ApiServer } from "../context.ts";
import { auditQuery } from "#shared/protocol/api/order.ts";
import { timeText } from "../views.ts";

/** The route of the audit log; nothing changes it. */
export function addAuditRoute(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "read" }, schema: { querystring: auditQuery } } as const;
  server.get("/audit", options, async (request) => {
    const rows = await context.store.read("audit.list", request.query);
    const last = rows.length === request.query.limit ? rows.at(-1) : undefined;
    return {
      items: rows.map(({ at, body, ...shown }) => ({
        ...shown,
        at: timeText(at),
        body: JSON.parse(body) as object,
      })),
      nextAfter: last === undefined ? null : String(last.seq),
    };
  });
}
