import { expect, test } from "vitest";
import {
  applyGrants,
  beatOf,
  connect,
  deviceRecord,
  eventOf,
  gatewayRecord,
  goodFacts,
  ids,
  makeWorld,
  only,
  openWorld,
  policyRecord,
  reportOf,
  resourceRecord,
  say,
  startAt,
  storedState,
} from "../../test/fakes/controller-world.ts";
import {
  opened,
  removed,
  lastTunnel,
  firewallOff,
  firewallOn,
  permitOf,
} from "../../test/fakes/controller-effects.ts";
import { nextDeadline } from "./controller.ts";
import type { Effect } from "./effect.ts";

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);

test("opening waits: decision on disk, then the gateway, then its answer, then the device", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const report = reportOf(eventOf(1, "firewall.enabled", true), eventOf(2, "disk.encrypted", true));
  const decided = world.take({ kind: "received", link: 2, message: report, signed: true });
  expect(only(decided, "grants")).toEqual([]);
  const opening = only(decided, "write").find(({ writes }) =>
    writes.some(({ kind }) => kind === "grant"),
  );
  expect(opening?.writes.map(({ kind }) => kind)).toContain("decision");
  const durable = world.take({ kind: "written", token: opening!.token!, conflicts: [] });
  expect(opened(durable)).toEqual([[ids.wiki, ids.vault].sort()]);
  expect(only(durable, "config")).toEqual([]);
  const applied = applyGrants(world);
  expect(lastTunnel(applied)).toMatchObject({
    state: "open",
    sites: [{ site: ids.site, routes: ["10.0.0.1/32", "10.0.0.2/32"] }],
  });
});

test("a write that fails opens nothing and is tried again", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const message = reportOf(eventOf(1, "firewall.enabled", true));
  const effects = world.take({ kind: "received", link: 2, message, signed: true });
  for (const { token } of only(effects, "write")) {
    if (token === null) continue;
    const error = { code: "SP-404", params: {} } as const;
    expect(only(world.take({ kind: "writeFailed", token, error }), "grants")).toEqual([]);
  }
  expect(permitOf(world)).toMatchObject({ live: null, writing: null });
  expect(opened(world.advance(5_000))).toEqual([[ids.wiki]]);
});

test("closing sends the removal and the device's config before anything is written", () => {
  const world = openWorld();
  const jti = permitOf(world)!.live!.jti;
  const effects = world.take({ kind: "received", link: 2, message: firewallOff(), signed: true });
  const told = kinds(effects).filter((kind) => kind !== "tally");
  expect(told.slice(0, 2)).toEqual(["grants", "config"]);
  expect(told.indexOf("write")).toBeGreaterThan(told.indexOf("config"));
  expect(removed(effects)).toEqual([jti]);
  expect(only(effects, "grants")[0]).toMatchObject({ urgent: true, add: [] });
  expect(lastTunnel(effects)).toMatchObject({
    state: "blocked",
    sites: [],
    protectedPrefixes: ["10.0.0.1/32", "10.0.0.2/32"],
    bypass: [{ address: "10.0.0.1", proto: "tcp", port: 8443 }],
  });
});

test("narrowing replaces the grant by one of a higher version over what is left", () => {
  const world = openWorld();
  const former = permitOf(world)!.live!;
  const message = reportOf(eventOf(3, "disk.encrypted", false));
  const effects = world.take({ kind: "received", link: 2, message, signed: true });
  const [sent] = only(effects, "grants");
  expect(sent).toMatchObject({ urgent: true, remove: [], narrowed: [former.jti] });
  expect(sent!.add[0]!.access).toEqual(former.access.filter(({ r }) => r === ids.wiki));
  expect(sent!.add[0]!.ver).toBeGreaterThan(former.ver);
  expect(sent!.add[0]!.jti).not.toBe(former.jti);
  expect(lastTunnel(effects)?.sites[0]?.routes).toEqual(["10.0.0.1/32"]);
});

test("a closed resource opens again only after two steady seconds, then four when it flaps", () => {
  const world = openWorld();
  say(world, 2, firewallOff());
  expect(opened(say(world, 2, firewallOn()))).toEqual([]);
  expect(opened(world.advance(1_999))).toEqual([]);
  expect(opened(world.advance(1))).toHaveLength(1);
  applyGrants(world);
  say(world, 2, firewallOff(5));
  say(world, 2, firewallOn(6));
  expect(opened(world.advance(2_000))).toEqual([]);
  expect(opened(world.advance(2_000))).toHaveLength(1);
});

test("a fact that runs out closes by its deadline, without any event", () => {
  const world = openWorld();
  const due = nextDeadline(world.state);
  expect(due?.at).toBeLessThanOrEqual(startAt + 10_000);
  const effects = world.advance(180_000);
  expect(removed(effects)).toHaveLength(1);
  expect(world.state.devices.get(ids.device)?.decisions.get(ids.wiki)?.effect).toBe("deny");
});

test("beats keep facts fresh and are not written", () => {
  const world = openWorld();
  for (let beat = 0; beat < 30; beat++) {
    world.advance(20_000);
    expect(only(say(world, 2, beatOf(goodFacts)), "write")).toEqual([]);
  }
  expect(permitOf(world)?.live).not.toBeNull();
});

test("a beat over other facts asks for a recheck and refreshes nothing", () => {
  const world = openWorld();
  world.advance(100_000);
  const effects = say(world, 2, beatOf({ "firewall.enabled": false }));
  expect(only(effects, "send")).toMatchObject([{ message: { kind: "command", verb: "recheck" } }]);
  expect(removed(world.advance(80_000))).toHaveLength(1);
});

test("leases name grants past half their lease while their device beats, and empty lists keep coming", () => {
  const world = openWorld();
  const named: number[] = [];
  for (let tick = 1; tick <= 12; tick++) {
    const lists = only(world.advance(10_000), "leases");
    expect(lists).toHaveLength(1);
    if (lists[0]!.claims.jti.length > 0) named.push(tick * 10);
    if (tick < 3) say(world, 2, beatOf(goodFacts));
  }
  // The last beat is at 20 s: at 60 s it is 40 s old, at 120 s too old.
  expect(named).toEqual([60]);
});

test("a lease list's time rises strictly", () => {
  const world = openWorld();
  const iats = [1, 2, 3].map(() => only(world.advance(10_000), "leases")[0]!.claims.iat);
  expect(iats[1]!).toBeGreaterThan(iats[0]!);
  expect(iats[2]!).toBeGreaterThan(iats[1]!);
});

const closedStatuses = [
  ["quarantined", "quarantined"],
  ["revoked", "revoked"],
  ["pending", "approval_needed"],
  ["unattested", "approval_needed"],
] as const;
test.each(closedStatuses)("a device that is %s holds no grant", (status, because) => {
  const world = openWorld();
  const record = { ...deviceRecord, status };
  const changes = [{ kind: "device", record }] as const;
  const effects = world.takeDurably({ kind: "recordsChanged", changes });
  expect(removed(effects)).toHaveLength(1);
  const decision = world.state.devices.get(ids.device)?.decisions.get(ids.wiki);
  expect(decision?.effect).toBe("deny");
  expect(decision?.unmet[0]?.reason.code).toBe(because);
  expect(only(effects, "close").map(({ code }) => code)).toEqual(
    status === "revoked" ? [4403] : [],
  );
});

test("a released device gets its access back at once: nothing flapped", () => {
  const world = openWorld();
  const change = (status: "active" | "quarantined") =>
    world.takeDurably({
      kind: "recordsChanged",
      changes: [{ kind: "device", record: { ...deviceRecord, status } }],
    });
  change("quarantined");
  expect(opened(change("active"))).toHaveLength(1);
});

test("a resource that is removed closes for everyone and leaves the protected prefixes", () => {
  const world = openWorld();
  const changes = [{ kind: "resourceRemoved", id: ids.vault }] as const;
  const effects = [...world.takeDurably({ kind: "recordsChanged", changes }), ...world.advance(0)];
  expect(opened(effects)).toEqual([[ids.wiki]]);
  expect(lastTunnel(effects)?.protectedPrefixes).toEqual(["10.0.0.1/32"]);
});

test("a site that is removed is known no more", () => {
  const world = openWorld();
  const site = { id: "sit_9", name: "spare", forwarding: "snat", resolvers: [] } as const;
  world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "site", record: site }] });
  expect(world.state.sites.has(site.id)).toBe(true);
  world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "siteRemoved", id: site.id }] });
  expect(world.state.sites.has(site.id)).toBe(false);
});

test("a new resource is protected before it is granted", () => {
  const world = openWorld();
  const record = resourceRecord("res_00000000000000000000000009", "new", "10.0.0.9/32");
  const changes = [{ kind: "resource", record }] as const;
  const effects = [...world.takeDurably({ kind: "recordsChanged", changes }), ...world.advance(0)];
  expect(lastTunnel(effects)?.protectedPrefixes).toContain("10.0.0.9/32");
  expect(opened(effects)).toEqual([]);
});

test("a policy that allows nothing closes everything; one that does not compile changes nothing", () => {
  const world = openWorld();
  const use = (text: string) => {
    const changes = [{ kind: "policy", record: policyRecord(text) }] as const;
    return [...world.takeDurably({ kind: "recordsChanged", changes }), ...world.advance(0)];
  };
  const broken = use(
    "policies:\n  - {id: a, effect: allow, subjects: {groups: [x]}, resources: {names: [nowhere]}}\n",
  );
  expect(removed(broken)).toEqual([]);
  expect(only(broken, "alarm")).toMatchObject([{ subject: "policy", error: { code: "SP-601" } }]);
  expect(removed(use("policies: []\n"))).toHaveLength(1);
});

test("a gateway that becomes active gets config and snapshot, then its grants", () => {
  const pending = { ...gatewayRecord, status: "pending" as const };
  const world = makeWorld(storedState({ gateways: [pending] }));
  expect(only(connect(world, 1, ids.gateway), "snapshot")).toEqual([]);
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  expect(permitOf(world)).toBeNull();
  const changes = [{ kind: "gateway", record: gatewayRecord }] as const;
  const effects = [...world.takeDurably({ kind: "recordsChanged", changes }), ...world.advance(0)];
  expect(kinds(effects).filter((kind) => ["config", "snapshot", "grants"].includes(kind))).toEqual([
    "config",
    "snapshot",
    "grants",
  ]);
});

test("a grant that nears its end is replaced by one that lasts longer", () => {
  const world = openWorld();
  const first = permitOf(world)!.live!;
  const hour = 3_600_000;
  const beats = (until: number) => {
    const effects: Effect[] = [];
    while (world.now < until) {
      effects.push(...world.advance(20_000), ...say(world, 2, beatOf(goodFacts)));
    }
    return effects;
  };
  expect(opened(beats(startAt + 11 * hour - 60_000))).toEqual([]);
  expect(opened(beats(startAt + 11 * hour + 120_000))).toHaveLength(1);
  const second = permitOf(world)!.live!;
  expect(second.exp).toBeGreaterThan(first.exp + 3_600);
  expect(second.ver).toBeGreaterThan(first.ver);
});

test("a gateway that refuses a grant opens nothing for the device and raises an alarm", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  const jtis = [permitOf(world)!.live!.jti];
  const effects = world.takeDurably({ kind: "grantsApplied", link: 1, jtis, result: "failed" });
  expect(only(effects, "alarm")).toMatchObject([{ subject: ids.gateway }]);
  expect(only(effects, "config")).toEqual([]);
});

test("events whose write failed are written with their facts when they come again", () => {
  const world = makeWorld();
  connect(world, 2, ids.device);
  const message = reportOf(eventOf(1, "firewall.enabled", false));
  const writesOf = (effects: readonly Effect[]) =>
    only(effects, "write").find(({ writes }) => writes.some(({ kind }) => kind === "event"));
  const first = writesOf(world.take({ kind: "received", link: 2, message, signed: true }))!;
  const error = { code: "SP-404", params: {} } as const;
  const failed = world.take({ kind: "writeFailed", token: first.token!, error });
  expect(only(failed, "close")).toMatchObject([{ link: 2, code: 4503 }]);
  connect(world, 3, ids.device);
  const again = writesOf(world.take({ kind: "received", link: 3, message, signed: true }))!;
  expect(again.writes.map(({ kind }) => kind)).toEqual(["event", "fact"]);
});
