// A hotel whose numbers are the company's own wants a sign-in: its page opens when a person asks, and
// nothing else of it; once the network lets us through, the page is closed again.
import { afterEach, expect, it } from "vitest";
import { CaptivePortal, portalHost, portalPage } from "../lab/captive-portal.ts";
import { nodePath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const deadlineMs = 90_000;
let portal: CaptivePortal | undefined;

afterEach(async () => {
  await portal?.leave();
  portal = undefined;
  await untilReached(await sharedWorld(), deadlineMs);
});

/** What a browser on the laptop gets, null where nothing answers in time. */
function browse(world: World, url: string, withinMs = 2_000): string | null {
  const script = `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(${withinMs}) })
    .then((page) => page.text()).catch(() => null)
    .then((text) => console.log(JSON.stringify(text)));`;
  return JSON.parse(world.laptop.command([nodePath, "-e", script]).stdout) as string | null;
}

async function signIn(world: World) {
  const { exitCode, stdout } = await world.laptop.cli(["portal", "--json"]);
  return { exitCode, answer: JSON.parse(stdout) as Record<string, unknown> };
}

it("TunnelCrack by a sign-in page: it alone opens, when asked, until the network lets us through", async () => {
  const world = await sharedWorld();
  expect(await signIn(world)).toMatchObject({ exitCode: 1, answer: { error: { code: "SP-114" } } });
  await withoutLeak(world, async () => {
    portal = await CaptivePortal.join(world);
    await world.laptop.agent.kill();
    await world.laptop.startAgent();
    await expect
      .poll(async () => (await world.laptop.cli(["status", "--json"])).stdout, {
        timeout: deadlineMs,
      })
      .toContain("SP-112");
    expect(browse(world, portalPage)).toBeNull();
    expect(portal.others()).toBe(0);

    const since = world.laptop.netd.mark();
    expect(await signIn(world)).toMatchObject({
      exitCode: 0,
      answer: { page: portalPage, openSeconds: 300 },
    });
    expect(browse(world, portalPage, 20_000)).toBe("sign in");
    for (const host of [`${portalHost}:22`, `${address.neighbour4}:8080`, address.resource4]) {
      expect(browse(world, `http://${host}/`)).toBeNull();
    }
    expect(portal.others()).toBe(0);

    portal.signIn();
    await world.laptop.netd.waitFor((line) => line["message"] === "captive portal closed", {
      deadlineMs,
      since,
    });
    expect(browse(world, portalPage)).toBeNull();
    await untilReached(world, deadlineMs);
    expect(portal.others()).toBe(0);
  });
});
