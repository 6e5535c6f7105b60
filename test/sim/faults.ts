/** Everything that goes wrong in a run, drawn from the seed; each fault ends by itself. */
import type { World } from "./world.ts";

/** A third of the cuts are breaks: the wire is whole at once, but what was under way is gone. */
const brokenBelowMs = 50_000;

/** Lets one drawn thing happen and returns its name. */
export async function strike(world: World): Promise<string> {
  const { random, timeline, devices, gateways, network, controller, memory } = world;
  const machine = random.pick([...devices, ...gateways]);
  const device = random.pick(devices);
  const gateway = random.pick(gateways);
  const { id, name } = machine.record;
  switch (random.between(0, 9)) {
    case 0:
    case 1:
    case 2: {
      const on = device.agent.truth.get("firewall.enabled") !== true;
      device.agent.set("firewall.enabled", on);
      return `${device.record.name} firewall ${on ? "on" : "off"}`;
    }
    case 3: {
      const forMs = random.between(1_000, 150_000);
      if (forMs < brokenBelowMs) {
        network.breakWire(id);
        return `${name} wire broken`;
      }
      network.partition(id, true);
      timeline.after(forMs, () => network.partition(id, false));
      return `${name} cut off`;
    }
    case 4:
      machine.agent.crash();
      timeline.after(random.between(100, 20_000), () => machine.agent.start());
      return `${name} agent killed`;
    case 5:
      if (controller.control() === null) return "nothing";
      controller.crash();
      timeline.after(random.between(100, 40_000), () => void controller.start());
      return "controller killed";
    case 6:
      machine.agent.skew(random.between(-4_000_000, 4_000_000));
      return `${name} clock set`;
    case 7:
      gateway.kernel.clockJumped();
      gateway.agent.notice("clockJumped");
      return `${gateway.record.name} paused`;
    case 8:
      gateway.kernel.restarted();
      gateway.agent.restartNetd();
      return `${gateway.record.name} netd killed`;
    default: {
      memory.setDisk(random.pick(["stalled", "full"]));
      timeline.after(random.between(500, 30_000), () => memory.setDisk("well"));
      return "disk in trouble";
    }
  }
}

/** Ends every fault: all processes run, all wires are whole, the disk works. */
export async function heal(world: World): Promise<void> {
  world.memory.setDisk("well");
  for (const { record, agent } of [...world.devices, ...world.gateways]) {
    world.network.partition(record.id, false);
    agent.start();
  }
  if (world.controller.control() === null) await world.controller.start();
}
