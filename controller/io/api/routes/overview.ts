import { controllerVersion } from "../../version.ts";
import type { ApiContext, ApiServer } from "../context.ts";
import { enrolKeyView, timeText } from "../views.ts";
import { dayMs } from "#shared/base/time-span.ts";

const soonMs = 7 * dayMs;

/** The route of the first page: what the fleet is, and what needs somebody. */
export function addOverviewRoute(server: ApiServer, context: ApiContext): void {
  const startedAt = context.clock.nowAt();
  server.get("/overview", { config: { needs: "read" } }, async () => {
    const nowAt = context.clock.nowAt();
    const { store, fleet } = context;
    const census = fleet.census();
    const { connected, byStatus, active: standing, gateways, gatewaysConnected } = census;
    const active = await store.read("policy.active", undefined);
    const open = await store.read("policy_change.open", undefined);
    const requests = await store.read("access_request.list", undefined);
    const keys = await store.read("enrol_key.list", undefined);
    return {
      at: timeText(nowAt),
      version: controllerVersion,
      startedAt: timeText(startedAt),
      devices: {
        total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
        connected,
        byStatus,
        blocked: standing.closed.length,
        clear: standing.clear.length,
      },
      gateways: { total: gateways, connected: gatewaysConnected },
      resources: (await store.read("resource.list", undefined)).length,
      policyVersion: active?.version ?? null,
      cutoff: context.cutoffs(),
      waiting: {
        approvals: (byStatus["pending"] ?? 0) + (byStatus["unattested"] ?? 0),
        requests: requests.filter(({ status }) => status === "pending").length,
        policyChange: open?.id ?? null,
      },
      expiringKeys: keys
        .filter((key) => enrolKeyView(key, nowAt).state === "open")
        .filter(({ expiresAt }) => expiresAt - nowAt < soonMs)
        .slice(0, 20)
        .map(({ id, name, expiresAt }) => ({ id, name, expiresAt: timeText(expiresAt) })),
    };
  });
}
