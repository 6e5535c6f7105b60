import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { deviceText } from "#shared/protocol/atoms.ts";
import { reportedKinds } from "../../../core/risk/reported-kind.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { requireDevice } from "../identity-step.ts";

/** Exactly one of device (id or name) and user (the owner of devices). */
const report = z
  .strictObject({
    device: z.string().min(1).max(96).optional(),
    user: z.string().min(1).max(256).optional(),
    sighting: z.enum(reportedKinds),
    detail: deviceText.min(1),
  })
  .refine(({ device, user }) => (device === undefined) !== (user === undefined), {
    error: "exactly one of device and user",
  });

/** The route by which an identity provider, an EDR or a SIEM tells of what it saw. */
export function addRiskRoutes(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "report" }, schema: { body: report } } as const;
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
  { device, user }: z.output<typeof report>,
): Promise<readonly string[]> {
  if (device !== undefined) return [(await requireDevice(context, device)).id];
  const owned = context.desk.devices().filter(({ owner }) => owner === user);
  if (owned.length > 0) return owned.map(({ id }) => id);
  throw new CodedError("SP-702", { what: "owner of an active device", name: user ?? "" });
}
