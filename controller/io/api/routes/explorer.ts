import type { Decision } from "#shared/policy/decision.ts";
import { matrixQuery } from "#shared/protocol/api/order.ts";
import type { ResourceRecord } from "../../../core/record.ts";
import { type ApiContext, type ApiServer } from "../context.ts";

const columnsMax = 60;

/** The route of who reaches what: the very decisions that are in force, from memory. */
export function addExplorerRoute(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "read" }, schema: { querystring: matrixQuery } } as const;
  server.get("/explorer", options, async (request) => {
    const { resource, ...page } = request.query;
    const all = await context.store.read("resource.list", undefined);
    const named = all.filter((one) => holds(one, resource));
    const columns = named.slice(0, columnsMax);
    const devices = await context.store.read("device.list", page);
    const wanted = new Set(columns.map(({ id }) => id));
    const items = devices.map(({ id, name, owner, serviceAccount, status }) => ({
      device: id,
      name,
      owner: owner ?? serviceAccount ?? null,
      status,
      connected: context.control.presence(id).connected,
      cells: [...context.fleet.decisions(id)].flatMap((one) =>
        wanted.has(one.resource) && isMeant(one) ? [cellOf(one)] : [],
      ),
    }));
    return {
      items,
      nextAfter: devices.length === page.limit ? (devices.at(-1)?.name ?? null) : null,
      resources: columns.map(({ id, name }) => ({ id, name })),
      resourcesMore: named.length - columns.length,
    };
  });
}

function holds({ name, tags }: ResourceRecord, text: string | undefined): boolean {
  const wanted = text?.toLowerCase() ?? "";
  return [name, ...tags].some((word) => word.toLowerCase().includes(wanted));
}

/** Named by no rule is another answer than named, but something is missing. */
function isMeant({ effect, unmet, determinedBy }: Decision): boolean {
  return effect !== "deny" || unmet.length + determinedBy.length > 0;
}

function cellOf({ resource, effect, determinedBy, unmet, reference }: Decision) {
  const denied = { code: "denied_by_rule", params: {} } as const;
  const why = effect === "allow" ? null : (unmet[0]?.reason ?? denied);
  return { resource, effect, determinedBy, why, reference };
}
