import { expect, test } from "vitest";
import {
  connect,
  ids,
  makeWorld,
  only,
  resourceRecord,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { protectionOf } from "./protected.ts";

const network = {
  pool4: "100.96.0.0/16",
  pool6: "fd00::/48",
  mtu: 1420,
  extraProtected: ["10.9.0.0/16", "2001:db8::/32"],
};
const wiki = resourceRecord("res_1", "wiki", "10.0.0.0/24");

test("granted or not: targets of protected resources and the extra prefixes, each once", () => {
  const open = { ...resourceRecord("res_2", "open", "10.1.0.0/24"), protected: false };
  const again = resourceRecord("res_3", "again", "10.0.0.0/24");
  expect(protectionOf([wiki, open, again], network, []).prefixes).toEqual([
    "10.0.0.0/24",
    "10.9.0.0/16",
    "2001:db8::/32",
  ]);
});

test("doors inside a protected prefix stay open, by address, protocol and port", () => {
  const doors = [
    { endpoint: "10.0.0.7:8443", proto: "tcp" },
    { endpoint: "[2001:db8::1]:51820", proto: "udp" },
    { endpoint: "192.0.2.1:51820", proto: "udp" },
    { endpoint: "controller.example.test:8443", proto: "tcp" },
  ] as const;
  expect(protectionOf([wiki], network, doors).bypass).toEqual([
    { address: "10.0.0.7", proto: "tcp", port: 8443 },
    { address: "2001:db8::1", proto: "udp", port: 51_820 },
  ]);
});

test("devices hear where the controller's name leads, if that is inside a protected prefix", () => {
  const resources = [resourceRecord(ids.wiki, "wiki", "10.0.0.0/24")];
  const world = makeWorld(storedState({ resources, policy: null }));
  connect(world, 1, ids.device);
  const moved = (...endpoints: readonly string[]) => {
    const doors = endpoints.map((endpoint) => ({ endpoint, proto: "tcp" as const }));
    const effects = [...world.take({ kind: "doorsMoved", doors }), ...world.advance(0)];
    return only(effects, "config").map(({ desired }) =>
      desired.kind === "tunnel" ? desired.bypass : [],
    );
  };
  const inside = [{ address: "10.0.0.7", proto: "tcp", port: 8443 }];
  expect(moved("sallyport.corp.example:8443", "10.0.0.7:8443")).toEqual([inside]);
  expect(moved("sallyport.corp.example:8443", "10.0.0.7:8443", "192.0.2.7:8443")).toEqual([]);
  expect(moved("sallyport.corp.example:8443")).toEqual([[]]);
});
