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
import { resourceBytes, siteBytesMax } from "./config-room.ts";

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

test("the longest list of leases is one that gateways take", () => {
  const jti = Array.from({ length: 4_096 }, (_, n) =>
    makeId("ses", n, new Uint8Array(10)).slice(4),
  );
  const jws = signed({ iss: "i".repeat(120), aud: "a".repeat(256), for: 120, jti });
  const message = { kind: "leases", jws };
  expect(controllerMessage.safeParse(message).error).toBeUndefined();
  expect(JSON.stringify(message).length).toBeLessThan(frameBytesMax);
});
