import type { SimDevice, SimGateway, World } from "./world.ts";

/** Returns how many gateways let the device reach anything right now. */
export function openGateways(world: World, device: SimDevice): number {
  return world.gateways.filter((gateway) => isOpenAt(world, gateway, device)).length;
}

/** Tells whether the gateway lets the device reach anything right now. */
export function isOpenAt(world: World, gateway: SimGateway, device: SimDevice): boolean {
  return gateway.kernel
    .open(world.serverMs())
    .some((grant) => grant.device === device.record.id && grant.resources.length > 0);
}

/** Tells whether the device is as its policy asks. */
export function isSound(device: SimDevice): boolean {
  return device.agent.truth.get("firewall.enabled") === true;
}
