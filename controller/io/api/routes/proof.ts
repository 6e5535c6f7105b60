import { keyParams, proofQuery } from "#shared/protocol/api/order.ts";
import type { ApiContext, ApiServer } from "../context.ts";
import { requireDevice } from "../identity-step.ts";
import { timeText } from "../views.ts";

/** The route of what a device said, as it signed it: who holds the answer needs no controller to check it. */
export function addProofRoute(server: ApiServer, context: ApiContext): void {
  const schema = { params: keyParams, querystring: proofQuery };
  server.get("/devices/:key/proof", { config: { needs: "read" }, schema }, async (request) => {
    const { id, name } = await requireDevice(context, request.params.key);
    const { after, limit } = request.query;
    const [epoch = "", seq] = after?.split(".") ?? [];
    const place = after === undefined ? undefined : ([epoch, Number(seq)] as const);
    const rows = await context.store.read("event.signed", { device: id, limit, after: place });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      device: { id, name },
      certificates: await context.store.read("certificate.list", id),
      items: rows.map(({ receivedAt, signature, event }) => ({
        receivedAt: timeText(receivedAt),
        signature,
        event,
      })),
      nextAfter: last === undefined ? null : `${last.epoch}.${last.seq}`,
    };
  });
}
