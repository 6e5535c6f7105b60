import { expect, test } from "vitest";
import { makeId } from "#shared/base/id.ts";
import { configCharactersMax, frameBytesMax } from "#shared/protocol/capability.ts";
import { controllerMessage } from "#shared/protocol/controller-message.ts";
import {
  connect,
  deviceRecord,
  ids,
  makeWorld,
  only,
  resourceRecord,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { excessOf, resourceBytes, siteBytesMax, twinOf } from "./config-room.ts";

/** As the signer writes it: a header, the payload, a signature of 64 bytes. */
const signed = (payload: object) =>
  `${"h".repeat(120)}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.${"s".repeat(86)}`;

test("a site as full as it may be, beside all revoked keys, has room in a configuration", () => {
  const draw = new Uint8Array(10);
  const resources = [];
  for (let number = 0, bytes = 0; ; number++) {
    const address = `10.1.${number >> 8}.${number & 255}/32`;
    const one = resourceRecord(makeId("res", number, draw), `r${number}`, address);
    bytes += resourceBytes(one);
    if (bytes > siteBytesMax) break;
    resources.push(one);
  }
  const devices = Array.from({ length: 1_100 }, (_, number) => ({
    ...deviceRecord,
    id: makeId("dev", number, draw),
    status: "revoked" as const,
  }));
  const world = makeWorld(storedState({ resources, devices, policy: null }));
  const [config] = only(connect(world, 1, ids.gateway), "config");
  expect(config?.desired).toMatchObject({ resources: { length: resources.length } });
  expect(config?.desired).toMatchObject({ revoked: { length: 1_024 } });
  const jws = signed(config?.desired ?? {});
  expect(jws.length).toBeLessThan(configCharactersMax);
  expect(jws.length).toBeGreaterThan(configCharactersMax * 0.9);
  expect(controllerMessage.safeParse({ kind: "config", jws }).error).toBeUndefined();
});

const named = { id: ids.site, name: "office" };

/** Resources at one site or another, each with these prefixes. */
const many = (count: number, site: string, prefixes: number) =>
  Array.from({ length: count }, (_, number) => ({
    ...resourceRecord(`res_${site}_${number}`, `r${number}`, "10.0.0.0/32"),
    site,
    targets: Array.from({ length: prefixes }, (_, n) => ({
      cidr: `10.${number}.${n >> 8}.${n & 255}/32`,
      proto: "any" as const,
      ports: [],
    })),
  }));

test("what a device has no room for is named: routes of a site, prefixes of all sites", () => {
  expect(excessOf(many(16, ids.site, 48), named)).toBeNull();
  const unprotected = many(17, ids.site, 64).map((one) => ({ ...one, protected: false }));
  expect(excessOf(unprotected, named)).toMatchObject({ size: "1088 prefixes", max: 1_024 });
  const elsewhere = [...many(1, ids.site, 1), ...many(16, "sit_other", 63)];
  expect(excessOf(elsewhere, named)).toMatchObject({ size: "1008 prefixes", max: 768 });
});

test("a prefix is at one site, whatever its ports: no device could lead it to two", () => {
  const wiki = resourceRecord(ids.wiki, "wiki", "10.0.0.1/32");
  const there = { ...wiki, id: ids.vault, name: "ssh", site: "sit_other" };
  const targets = [{ cidr: "10.0.0.1/32", proto: "tcp" as const, ports: ["22"] }];
  expect(twinOf([wiki, { ...there, targets }], named)).toEqual({
    at: "resource `wiki`",
    why: "`ssh` has `10.0.0.1/32` at another site",
  });
  expect(twinOf([wiki, { ...there, targets, site: ids.site }], named)).toBeNull();
  const names = [{ domain: "wiki.corp.example", proto: "tcp" as const, ports: ["22"] }];
  expect(
    twinOf(
      [
        { ...wiki, targets: names },
        { ...there, targets: names },
      ],
      named,
    ),
  ).toBeNull();
});

test("the longest list of leases is one that gateways take", () => {
  const jti = Array.from({ length: 4_096 }, (_, n) =>
    makeId("ses", n, new Uint8Array(10)).slice(4),
  );
  const jws = signed({ iss: "i".repeat(120), aud: "a".repeat(256), for: 120, jti });
  const message = { kind: "leases", jws };
  expect(controllerMessage.safeParse(message).error).toBeUndefined();
  expect(JSON.stringify(message).length).toBeLessThan(frameBytesMax);
});
