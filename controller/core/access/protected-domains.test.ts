import { expect, test } from "vitest";
import {
  connect,
  eventOf,
  ids,
  makeWorld,
  only,
  reportOf,
  resourceRecord,
  say,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import type { TunnelDesired } from "#shared/protocol/desired.ts";
import type { Effect } from "../effect.ts";
import type { ResourceRecord } from "../record.ts";

const named = (id: string, name: string, ...domains: string[]): ResourceRecord => ({
  ...resourceRecord(id, name, "10.0.0.0/24"),
  targets: domains.map((domain) => ({ domain, proto: "tcp" as const, ports: ["443"] })),
});
const wiki = named("res_00000000000000000000000011", "wiki", "wiki.corp.example", "*.w.example");
const vault = named("res_00000000000000000000000012", "vault", "vault.corp.example");
const hidden = {
  ...named("res_00000000000000000000000013", "hidden", "h.example"),
  protected: false,
};

/** A device whose posture opens `wiki` alone; the gateway confirmed. */
function opened(resources: readonly ResourceRecord[]): TunnelDesired {
  const world = makeWorld(storedState({ resources: [...resources] }));
  connect(world, 1, ids.gateway);
  const effects: Effect[] = [...connect(world, 2, ids.device)];
  effects.push(...say(world, 2, reportOf(eventOf(1, "firewall.enabled", true))));
  const jtis = [...(world.state.gateways.get(ids.gateway)?.holders.keys() ?? [])];
  effects.push(...world.takeDurably({ kind: "grantsApplied", link: 1, jtis, result: "ok" }));
  const desired = only(effects, "config")
    .map((effect) => effect.desired)
    .findLast((one) => one.kind === "tunnel");
  if (desired?.kind !== "tunnel") throw new Error("no config for the device");
  return desired;
}

test("names of protected resources are told to every device, granted or not; of others only if granted", () => {
  expect(opened([wiki, vault, hidden]).dns.domains).toEqual([
    { name: "wiki.corp.example", wildcard: false, site: ids.site, granted: true },
    { name: "w.example", wildcard: true, site: ids.site, granted: true },
    { name: "vault.corp.example", wildcard: false, site: ids.site, granted: false },
  ]);
});

test("a site with names alone opens: its routes come with the names that are asked for", () => {
  const desired = opened([wiki, vault]);
  expect(desired.state).toBe("open");
  expect(desired.sites).toMatchObject([{ site: ids.site, routes: [] }]);
});

test("one name in two resources stands once, and one grant is enough", () => {
  const twin = {
    ...named("res_00000000000000000000000010", "twin", "wiki.corp.example"),
    targets: [{ domain: "wiki.corp.example", proto: "tcp" as const, ports: ["22"] }],
  };
  expect(opened([twin, wiki, vault]).dns.domains).toEqual([
    { name: "wiki.corp.example", wildcard: false, site: ids.site, granted: true },
    { name: "w.example", wildcard: true, site: ids.site, granted: true },
    { name: "vault.corp.example", wildcard: false, site: ids.site, granted: false },
  ]);
});
