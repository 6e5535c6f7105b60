/** What of a device's resources its grants have room for; the rest is closed, and said. */
import { accessMax } from "#shared/grant/grant-room.ts";
import type { Reason } from "#shared/policy/decision.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import type { OpenResource } from "./grant-claims.ts";

/** Sets of resources that a device was told to have too many of, as far as they are remembered. */
const toldMax = 16;

/** Returns what fits, the oldest resources of each site; what does not is noted on the device, and told once. */
export function fitGrants(
  step: Step,
  device: DeviceState,
  open: readonly OpenResource[],
): readonly OpenResource[] {
  const sites = new Map<string, OpenResource[]>();
  for (const one of open) {
    const { site } = one.resource;
    const there = sites.get(site);
    if (there === undefined) sites.set(site, [one]);
    else there.push(one);
  }
  const leftOut = new Map<string, Reason>();
  for (const [site, there] of sites) {
    if (there.length <= accessMax) continue;
    const name = step.state.sites.get(site)?.name ?? site;
    const reason: Reason = {
      code: "grant_full",
      params: { site: name, count: there.length, max: accessMax },
    };
    const byAge = there.sort((left, right) => (left.resource.id < right.resource.id ? -1 : 1));
    const ids = byAge.slice(accessMax).map(({ resource }) => resource.id);
    for (const id of ids) leftOut.set(id, reason);
    if (isNews(step, device, ids)) alarm(step, device, reason);
  }
  device.leftOut = leftOut;
  return leftOut.size === 0 ? open : open.filter(({ resource }) => !leftOut.has(resource.id));
}

/** A device that is closed and opened again has the same too many as before. */
function isNews({ context }: Step, { toldOf }: DeviceState, ids: readonly string[]): boolean {
  const set = context.sha256Hex(ids.join(" "));
  if (toldOf.has(set)) return false;
  if (toldOf.size >= toldMax) toldOf.clear();
  toldOf.add(set);
  return true;
}

function alarm(step: Step, device: DeviceState, { params }: Reason): void {
  const { id, name } = device.record;
  const error = { code: "SP-509", params: { ...params, device: name } } as const;
  step.effects.push({ kind: "alarm", subject: id, error });
}
