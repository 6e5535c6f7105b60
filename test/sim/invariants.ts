/**
 * What must hold at every instant, whatever the world does, written as a slow observer: it remembers
 * since when each device has been unsound or unheard and compares with what flows.
 */
import { isOpenAt, isSound, openGateways } from "./reach.ts";
import type { SimDevice, World } from "./world.ts";

/** The resource has no offline tolerance, so this bounds every cut: silence noticed, then the lease. */
const lifeMaxMs = (45 + 120) * 1_000;
const slackMs = 12_000;
/** Reports that waited go first on a new link; a netd that was killed takes two seconds to return. */
const promptMs = 5_000;

/** Watches a world; call it after every instant. */
export function watchInvariants(world: World): () => void {
  const unsoundSince = new Map<string, number>();
  const linkedSince = new Map<string, number>();
  return () => {
    for (const { record } of [...world.devices, ...world.gateways]) {
      if (!world.network.isLinked(record.id)) linkedSince.delete(record.id);
      else if (!linkedSince.has(record.id)) linkedSince.set(record.id, world.timeline.nowMs());
    }
    for (const device of world.devices) {
      const name = device.record.id;
      if (isSound(device)) {
        unsoundSince.delete(name);
        continue;
      }
      const since = unsoundSince.get(name) ?? world.timeline.nowMs();
      unsoundSince.set(name, since);
      const unsoundMs = world.timeline.nowMs() - since;
      if (unsoundMs > lifeMaxMs + slackMs && openGateways(world, device) > 0) {
        world.broken.push(
          `${device.record.name} flows ${unsoundMs} ms after its firewall went off`,
        );
      }
      for (const gateway of world.gateways) {
        const linked = [device, gateway].map(
          ({ record }) => linkedSince.get(record.id) ?? Infinity,
        );
        const awaitedMs = world.timeline.nowMs() - Math.max(since, ...linked);
        if (awaitedMs <= promptMs || !isOpenAt(world, gateway, device)) continue;
        const { name } = device.record;
        world.broken.push(
          `${name} flows ${awaitedMs} ms after all could know, ${unsoundMs} ms off`,
        );
      }
    }
  };
}

/** What must hold once everything is up and quiet: flows, routes and facts are what they should be. */
export function checkQuiet(world: World): void {
  for (const device of world.devices) {
    const wanted = isSound(device) ? world.gateways.length : 0;
    const open = openGateways(world, device);
    const { name } = device.record;
    if (open !== wanted) world.broken.push(`${name} flows through ${open} gateways, not ${wanted}`);
    if (device.kernel.routes().length > 0 !== wanted > 0) {
      world.broken.push(`${name} has routes ${device.kernel.routes().join(" ") || "none"}`);
    }
    checkFacts(world, device);
  }
}

function checkFacts(world: World, device: SimDevice): void {
  const held = world.controller.control()?.facts(device.record.id) ?? [];
  for (const [signal, value] of device.agent.truth) {
    const fact = held.find((row) => row.held.fact.signal === signal)?.held.fact;
    const known = fact?.reading.kind === "known" ? fact.reading.value : undefined;
    if (known !== value) {
      world.broken.push(
        `${device.record.name}: ${signal} is ${String(value)}, held ${String(known)}`,
      );
    }
  }
}
