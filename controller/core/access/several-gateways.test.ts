import { expect, test } from "vitest";
import {
  connect,
  eventOf,
  gatewayRecord,
  ids,
  makeWorld,
  only,
  reportOf,
  say,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import type { Effect } from "../effect.ts";
import type { GatewayRecord } from "../record.ts";

const secondId = "gw_00000000000000000000000002";
const second: GatewayRecord = {
  ...gatewayRecord,
  id: secondId,
  name: "spare",
  priority: 10,
  wgPublicKey: "second",
  spkiHex: "dd",
};

/** A device whose posture is good, at a site with two gateways of which `links` are connected. */
function worldWith(...links: readonly string[]): World {
  const world = makeWorld(storedState({ gateways: [gatewayRecord, second] }));
  links.forEach((id, index) => connect(world, index + 10, id));
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  return world;
}

const held = (world: World, id: string) => [
  ...(world.state.gateways.get(id)?.holders.keys() ?? []),
];
const apply = (world: World, id: string) =>
  world.takeDurably({
    kind: "grantsApplied",
    link: world.state.gateways.get(id)!.link!.id,
    jtis: held(world, id),
    result: "ok",
  });
const peers = (effects: readonly Effect[]) => {
  const desired = only(effects, "config").at(-1)?.desired;
  return desired?.kind === "tunnel"
    ? desired.sites.flatMap((site) => site.peers.map(({ gateway }) => gateway))
    : undefined;
};

test("every gateway of a site holds a grant of its own, and the device hears of each that confirmed", () => {
  const world = worldWith(ids.gateway, secondId);
  expect(held(world, ids.gateway)).not.toEqual(held(world, secondId));
  expect(peers(apply(world, ids.gateway))).toEqual([ids.gateway]);
  expect(peers(apply(world, secondId))).toEqual([secondId, ids.gateway]);
});

test("a gateway that is away does not keep the others from opening; it gets its grant by snapshot", () => {
  const world = worldWith(ids.gateway);
  expect(peers(apply(world, ids.gateway))).toEqual([ids.gateway]);
  const greeted = connect(world, 30, secondId);
  const [snapshot] = only(greeted, "snapshot");
  expect(snapshot?.grants.map(({ jti }) => jti)).toEqual(held(world, secondId));
  expect(peers(apply(world, secondId))).toEqual([secondId, ids.gateway]);
});

test("closing goes to every gateway in the same step; who is away hears it by snapshot", () => {
  const world = worldWith(ids.gateway, secondId);
  world.take({ kind: "linkClosed", link: 11 });
  const message = reportOf(eventOf(2, "firewall.enabled", false));
  const effects = world.take({ kind: "received", link: 2, message, signed: true });
  expect(only(effects, "grants").map(({ gateway }) => gateway)).toEqual([ids.gateway]);
  expect(only(connect(world, 30, secondId), "snapshot")[0]?.grants).toEqual([]);
});

test("a gateway that is revoked loses its link, and devices lose it as a peer", () => {
  const world = worldWith(ids.gateway, secondId);
  apply(world, ids.gateway);
  apply(world, secondId);
  const record = { ...second, status: "revoked" as const };
  const changes = [{ kind: "gateway", record }] as const;
  const effects = [...world.takeDurably({ kind: "recordsChanged", changes }), ...world.advance(0)];
  expect(only(effects, "close")).toMatchObject([{ link: 11, code: 4403 }]);
  expect(peers(effects)).toEqual([ids.gateway]);
});

test("a resync is answered by a snapshot, one in a second, and its leases name all that lives", () => {
  const world = worldWith(ids.gateway);
  const beat = { hot: 0, warm: 0, cold: 0 };
  say(world, 2, {
    kind: "beat",
    epoch: world.state.devices.get(ids.device)!.posture.epoch,
    seq: 1,
    factsDigest: "0".repeat(64),
    checkedAgeMs: beat,
  });
  expect(say(world, 10, { kind: "resync" })).toEqual([]);
  const effects = world.advance(1_000);
  expect(only(effects, "snapshot")).toHaveLength(1);
  expect(only(effects, "leases").at(-1)?.claims.jti).toEqual(held(world, ids.gateway));
});

test("a check every thirty seconds lets the gateway find a difference", () => {
  const world = worldWith(ids.gateway);
  const checks = only(world.advance(30_000), "send").filter(
    ({ message }) => message.kind === "check",
  );
  expect(checks).toMatchObject([{ link: 10 }]);
});

test("a gateway listens on the ports of its further endpoints as well", () => {
  const both = { ...gatewayRecord, endpoints: ["192.0.2.1:51820", "[2001:db8::1]:443"] };
  const world = makeWorld(storedState({ gateways: [both] }));
  const [config] = only(connect(world, 1, ids.gateway), "config");
  expect(config?.desired).toMatchObject({ listenPort: 51_820, alsoListenPorts: ["443"] });
});
