import { eventQuery, grantQuery, keyParams } from "#shared/protocol/api/order.ts";
import { type ApiContext, type ApiServer } from "../context.ts";
import { requireDevice } from "../identity-step.ts";
import { namesOf } from "../names.ts";
import { timeText } from "../views.ts";

const read = { needs: "read" } as const;

/** Routes of the leases that gateways hold, and of what devices reported. */
export function addGrantRoutes(server: ApiServer, context: ApiContext): void {
  const grants = { config: read, schema: { querystring: grantQuery } } as const;
  server.get("/grants", grants, async (request) => {
    const { device: key, after, limit } = request.query;
    const device = key === undefined ? undefined : (await requireDevice(context, key)).id;
    const nowAt = context.clock.nowAt();
    const search = { device, after: placeOf(after), nowAt, limit };
    const rows = await context.store.read("grant.list", search);
    const names = await namesOf(context, rows);
    const gateways = await context.store.read("gateway.list", undefined);
    const gatewayNames = new Map(gateways.map(({ id, name }) => [id, name]));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      items: rows.map(({ claims, issuedAt, expiresAt, ...row }) => ({
        ...row,
        deviceName: names.device(row.device),
        gateway: gatewayNames.get(row.gateway) ?? row.gateway,
        resources: claims.access.map(({ r }) => names.resource(r) ?? r),
        issuedAt: timeText(issuedAt),
        expiresAt: timeText(expiresAt),
      })),
      nextAfter: last === undefined ? null : `${last.expiresAt}.${last.jti}`,
    };
  });
  const events = { config: read, schema: { params: keyParams, querystring: eventQuery } } as const;
  server.get("/devices/:key/events", events, async (request) => {
    const { id: device } = await requireDevice(context, request.params.key);
    const { after, limit } = request.query;
    const place = placeOf(after);
    const search = {
      device,
      limit,
      after: place === undefined ? undefined : ([place[0], Number(place[1])] as const),
    };
    const rows = await context.store.read("event.list", search);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      items: rows.map(({ epoch, seq, receivedAt, event: { fact } }) => ({
        epoch,
        seq,
        receivedAt: timeText(receivedAt),
        signal: fact?.signal ?? null,
        reading: fact?.reading ?? null,
      })),
      nextAfter: last === undefined ? null : `${last.receivedAt}.${last.seq}`,
    };
  });
}

/** A cursor is the time and the name of the last row. */
function placeOf(after: string | undefined): readonly [at: number, name: string] | undefined {
  if (after === undefined) return undefined;
  const cut = after.indexOf(".");
  return [Number(after.slice(0, cut)), after.slice(cut + 1)];
}
