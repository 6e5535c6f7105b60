// Two administrators open a gateway while the controller is dead, and the controller takes it back.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { programPath } from "../lab/program-path.ts";
import type { World } from "../lab/world.ts";
import { expectClosed, liveElements, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

it("opens by two signatures with the controller killed, once, and ends when it is back", async () => {
  const world = await sharedWorld();
  const { controller, gateway } = world;
  const signed = await signedFile(world);
  await withoutLeak(world, async () => {
    await controller.program.kill();
    await gateway.agent.kill();
    await gateway.netd.kill();
    endLeases(world);
    await gateway.start();
    await expectClosed(world);
    const opened = await gateway.cli(["gateway", "break-glass", signed, "--json"]);
    expect(JSON.parse(opened.stdout)).toMatchObject({ holders: ["ann", "bob"] });
    await untilReached(world, 60_000);
    const again = await gateway.cli(["gateway", "break-glass", signed, "--json"]);
    expect(again.exitCode).not.toBe(0);
    const since = gateway.netd.mark();
    await controller.start();
    await gateway.netd.waitFor(
      (line) => line["message"] === "grants replaced" && Number(line["removed"]) > 0,
      { deadlineMs: 60_000, since },
    );
    await untilReached(world, 60_000);
  });
  const { items } = (await controller.ask(["break-glass", "list"])) as { items: object[] };
  expect(items).toMatchObject([{ holders: ["ann", "bob"], reason: "controller lost" }]);
});

/** What the kernel does at the end of a lease (lease-end.test.ts waits for it) is done here at once. */
function endLeases(world: World): void {
  for (const set of ["live4", "live6"]) {
    world.gateway.command([programPath("nft"), "flush", "set", "inet", "sallyport", set]);
  }
  expect(liveElements(world)).toBe(0);
}

/** Keys, cards and a signed file, all made before the controller is lost but for the file itself. */
async function signedFile({ controller, gateway, laptop }: World): Promise<string> {
  const path = (name: string) => join(controller.places.state, name);
  const keep = async (name: string, args: readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await controller.cli(["break-glass", ...args]);
    expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    writeFileSync(path(name), stdout);
    return path(name);
  };
  for (const holder of ["ann", "bob"]) {
    const made = await keep(`${holder}.pub`, ["key", "create", "--out", path(`${holder}.key`)]);
    const root = ["--root-key", join(controller.places.state, "controller", "root-key.pem")];
    await keep("registered", ["key", "register", made, "--holder", holder, ...root]);
  }
  const [gatewayId, laptopId] = await Promise.all([gateway.id(), laptop.id()]);
  const [gate, device] = [
    await keep("gate.card", ["card", gatewayId]),
    await keep("laptop.card", ["card", laptopId]),
  ];
  const what = ["--resource", "wiki", "--reason", "controller lost", "--for", "30m"];
  const draft = await keep("draft", ["draft", "--gateway", gate, "--device", device, ...what]);
  const half = await keep("half", ["sign", draft, "--key", path("ann.key")]);
  return keep("signed", ["sign", half, "--key", path("bob.key")]);
}
