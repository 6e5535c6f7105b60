// The gateway forwards for devices; it serves them nothing itself but DNS and echo.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askFromLaptop } from "../lab/lab-network.ts";
import { Program } from "../lab/program.ts";
import { nodePath, programPath } from "../lab/program-path.ts";
import { address, inNamespace } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const lanAddresses = ["10.50.0.1", "fd50::1"];

let service: Program;
let tunnelAddresses: readonly string[] = [];

interface Shown {
  readonly addr_info: readonly { readonly local: string; readonly scope: string }[];
}

function addressesOf(world: World, device: string): readonly string[] {
  const argv = [programPath("ip"), "-json", "address", "show", "dev", device];
  const shown = JSON.parse(world.gateway.command(argv).stdout) as readonly Shown[];
  return shown.flatMap((link) =>
    link.addr_info.filter(({ scope }) => scope === "global").map(({ local }) => local),
  );
}

/** A careless service of the gateway host that listens on every address it has. */
beforeAll(async () => {
  const world = await sharedWorld();
  tunnelAddresses = addressesOf(world, "spg0");
  const file = join(import.meta.dirname, "..", "lab", "resource-server.ts");
  const listen = [...lanAddresses, ...tunnelAddresses, address.gateway4, address.gateway6];
  service = new Program({
    name: "gateway service",
    argv: inNamespace("gateway", [nodePath, file, "gateway", ...listen]),
    logFile: join(world.gateway.places.logs, "gateway-service.log"),
  });
  await service.waitFor((line) => line["message"] === "listening", { deadlineMs: 15_000 });
});

afterAll(async () => {
  await service.stop();
});

it("has a tunnel address of each family to try", () => {
  expect(tunnelAddresses.some((found) => found.includes(":"))).toBe(true);
  expect(tunnelAddresses.some((found) => found.includes("."))).toBe(true);
});

it("does not let a device reach the service by a LAN or tunnel address", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    for (const host of [...lanAddresses, ...tunnelAddresses]) {
      const { tcp, udp } = await askFromLaptop(world.network, host, 500);
      expect({ host, tcp, udp }).toEqual({ host, tcp: null, udp: null });
    }
  });
});

it("serves it to the internet as before, since that is not ours to close", async () => {
  const world = await sharedWorld();
  const { tcp } = await askFromLaptop(world.network, address.gateway4);
  expect(tcp).toBe("gateway");
});
