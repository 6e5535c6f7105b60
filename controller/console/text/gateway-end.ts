import type { GatewayShown } from "#shared/protocol/api/place.ts";

type Standing = Pick<GatewayShown, "id" | "name" | "site" | "status" | "connected">;

/** Says what becomes of a site once a gateway of it is gone. */
export function gatewayEndText({ id, site }: Standing, all: readonly Standing[]): string {
  const others = all.filter(
    (one) => one.site === site && one.id !== id && one.status === "active" && one.connected,
  );
  return others.length === 0
    ? `nothing in ${site} can be reached until another gateway serves it`
    : `devices reach ${site} through ${others.map(({ name }) => name).join(" or ")}`;
}
