import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { riskReport } from "#shared/protocol/api/order.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { requireDevice } from "../identity-step.ts";

/** The route by which an identity provider, an EDR or a SIEM tells of what it saw. */
export function addRiskRoutes(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "report" }, schema: { body: riskReport } } as const;
  server.post("/risk/reports", options, async (request) => {
    const { sighting, detail } = request.body;
    const devices = await devicesOf(context, request.body);
    const subject = request.body.user ?? devices[0] ?? "";
    const { body: _, ...audit } = auditOf(context, request, { action: "risk report", subject });
    await context.store.write("rows.write", [
      { kind: "audit", ...audit, detail: { sighting, detail, devices: devices.length } },
    ]);
    context.control.reportRisk({ devices, sighting, detail });
    return { devices };
  });
}

async function devicesOf(
  context: ApiContext,
  { device, user }: z.output<typeof riskReport>,
): Promise<readonly string[]> {
  if (device !== undefined) return [(await requireDevice(context, device)).id];
  const owned = context.desk.devices().filter(({ owner }) => owner === user);
  if (owned.length > 0) return owned.map(({ id }) => id);
  throw new CodedError("SP-702", { what: "owner of an active device", name: user ?? "" });
}
