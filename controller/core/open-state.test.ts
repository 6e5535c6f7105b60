import { expect, test } from "vitest";
import {
  beatOf,
  connect,
  epoch,
  goodFacts,
  ids,
  makeWorld,
  only,
  openWorld,
  say,
  startAt,
  storedState,
  type World,
} from "../../test/fakes/controller-world.ts";
import {
  opened,
  removed,
  lastTunnel,
  firewallOff,
  firewallOn,
  permitOf,
} from "../../test/fakes/controller-effects.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";

/** What the store holds of an open world some time later: live grants, facts whose freshness is over. */
function restarted(untilAt = startAt - 1): { readonly world: World; readonly claims: GrantClaims } {
  const before = openWorld();
  const claims = permitOf(before)!.live!;
  const facts = [...before.state.devices.get(ids.device)!.posture.facts.values()].map((held) => ({
    device: ids.device,
    held: { ...held, untilAt },
  }));
  const grants = [{ device: ids.device, gateway: ids.gateway, claims }];
  const ledgers = [{ device: ids.device, epoch, seq: 2, digest: "" }];
  return { world: makeWorld(storedState({ facts, grants, ledgers })), claims };
}

test("after a restart the snapshot names the same grants and nobody is cut before it could report", () => {
  const { world, claims } = restarted();
  const greeted = connect(world, 1, ids.gateway);
  expect(only(greeted, "snapshot")[0]?.grants).toEqual([claims]);
  const back = connect(world, 2, ids.device);
  expect(removed(back)).toEqual([]);
  expect(lastTunnel(back)?.sites[0]?.routes).toEqual(["10.0.0.1/32", "10.0.0.2/32"]);
  expect(removed(say(world, 2, beatOf(goodFacts)))).toEqual([]);
  expect(removed(world.advance(100_000))).toEqual([]);
  expect(permitOf(world)?.live?.jti).toBe(claims.jti);
});

test("after a restart a device that never comes back loses its grants at the end of the recovery", () => {
  const { world, claims } = restarted();
  connect(world, 1, ids.gateway);
  expect(removed(world.advance(89_999))).toEqual([]);
  expect(removed(world.advance(1))).toEqual([claims.jti]);
});

test("facts of a clock that was ahead are no fresher than new ones", () => {
  const { world } = restarted(startAt + 86_400_000);
  for (const { fact, untilAt } of world.state.devices.get(ids.device)!.posture.facts.values()) {
    expect(untilAt).toBe(startAt + fact.freshForMs);
  }
});

test("after a restart bad news still closes at once, and nothing opens on old facts", () => {
  const { world, claims } = restarted();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  expect(removed(say(world, 2, firewallOff()))).toEqual([claims.jti]);
  expect(opened([...say(world, 2, firewallOn()), ...world.advance(10_000)])).toEqual([]);
});
