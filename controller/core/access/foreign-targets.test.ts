import { expect, test } from "vitest";
import {
  connect,
  gatewayRecord,
  ids,
  makeWorld,
  only,
  resourceRecord,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { foreignTargets } from "./foreign-targets.ts";
import { roomRefusal, siteBytesMax } from "./config-room.ts";

const branch = { id: "sit_branch", name: "branch" };
const office = { id: ids.site, name: "office" };

/** A resource with a target for each prefix, at the office or elsewhere. */
function resource(id: string, prefixes: readonly string[], site: string = ids.site) {
  const targets = prefixes.map((cidr) => ({ cidr, proto: "tcp" as const, ports: ["22"] }));
  return { ...resourceRecord(id, id, "10.0.0.0/8"), site, targets };
}

test("what is more specific at another site stays closed to who is granted the prefix around it", () => {
  const resources = [
    resource(ids.wiki, ["10.50.0.0/16", "fd50::/48"]),
    resource(ids.vault, ["10.50.9.0/24", "10.51.0.0/16", "fd50:0:0:9::/64"], branch.id),
  ];
  const sites = [office, branch].map((site) => ({
    ...site,
    forwarding: "snat" as const,
    resolvers: [],
  }));
  const there = { ...gatewayRecord, id: "gw_branch", site: branch.id, spkiHex: "cc" };
  const world = makeWorld(
    storedState({ sites, resources, gateways: [gatewayRecord, there], policy: null }),
  );
  const told = (link: number, gateway: string) => {
    const desired = only(connect(world, link, gateway), "config")[0]?.desired;
    return desired?.kind === "gateway"
      ? desired.resources.map(({ id, targets }) => [id, ...targets.map(({ cidr }) => cidr)])
      : [];
  };
  expect(told(1, ids.gateway)).toEqual([
    [ids.wiki, "10.50.0.0/16", "fd50::/48"],
    [ids.vault, "10.50.9.0/24", "fd50:0:0:9::/64"],
  ]);
  expect(told(2, there.id)).toEqual([
    [ids.vault, "10.50.9.0/24", "10.51.0.0/16", "fd50:0:0:9::/64"],
  ]);
  const changes = [{ kind: "resourceRemoved", id: ids.vault }] as const;
  const effects = world.takeDurably({ kind: "recordsChanged", changes });
  const [config] = only(effects, "config").filter(({ link }) => link === 1);
  expect(config?.desired).toMatchObject({ resources: [{ id: ids.wiki }] });
});

test("a prefix is inside one that is wider and holds it, at another site", () => {
  const around = resource("res_around", ["10.50.0.0/16", "0.0.0.0/1"]);
  const at = (prefix: string, site = branch.id) => [
    ...foreignTargets([around, resource("res_inside", [prefix], site)]).keys(),
  ];
  expect(at("10.50.255.255/32")).toEqual([ids.site]);
  expect(at("10.50.0.0/17")).toEqual([ids.site]);
  expect(at("10.50.0.0/16")).toEqual([ids.site]); // inside 0.0.0.0/1
  expect(at("10.50.9.0/24", ids.site)).toEqual([]);
  expect(at("128.0.0.0/1")).toEqual([]);
  expect(at("0.0.0.0/0")).toEqual([branch.id]);
  expect(at("::/96")).toEqual([]);
});

test("what other sites have inside counts for the room of a site, also when they change alone", () => {
  const inside = Array.from({ length: 64 }, (_, n) => `10.50.9.${n}/32`);
  const bytes = JSON.stringify(resource("res_0000", inside).targets).length;
  const many = Array.from({ length: Math.ceil(siteBytesMax / 2 / bytes) }, (_, n) =>
    resource(`res_${n}`, inside),
  );
  const own = many.map((one) => ({ ...one, id: `own_${one.id}` }));
  const wide = resource("res_wide", ["10.50.0.0/16"]);
  const elsewhere = many.map((one) => ({ ...one, site: branch.id }));
  const refused = (changed: string) =>
    roomRefusal([wide, ...own, ...elsewhere], [office, branch], new Set([changed]));
  expect(refused(branch.id)).toMatchObject({ code: "SP-413" });
  expect(roomRefusal([wide, ...own], [office], new Set([office.id]))).toBeNull();
  expect(roomRefusal([...own, wide], [office, branch], new Set([branch.id]))).toBeNull();
});
