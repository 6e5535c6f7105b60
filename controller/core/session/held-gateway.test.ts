import { expect, test } from "vitest";
import {
  connect,
  gatewayRecord,
  ids,
  makeWorld,
  only,
  storedState,
} from "../../../test/fakes/controller-world.ts";

const connected = (status: "quarantined" | "pending") => {
  const world = makeWorld(storedState({ gateways: [{ ...gatewayRecord, status }] }));
  return connect(world, 1, ids.gateway);
};

const told = (effects: ReturnType<typeof connected>) =>
  only(effects, "send").flatMap(({ message }) => (message.kind === "verdict" ? [message] : []));

test("a gateway that was quarantined while it was away is told to hold nothing, and gets no config", () => {
  const effects = connected("quarantined");
  expect(only(effects, "snapshot")).toMatchObject([{ link: 1, grants: [] }]);
  expect(only(effects, "config")).toEqual([]);
});

test("a gateway reads that it is held, when it connects, while it is connected, and when that has ended", () => {
  const held = { kind: "verdict", resources: [], held: "quarantined" };
  expect(told(connected("quarantined"))).toMatchObject([held]);
  const world = makeWorld(storedState({ gateways: [gatewayRecord] }));
  expect(told(connect(world, 1, ids.gateway))).toEqual([]);
  const become = (status: "quarantined" | "active") => {
    const record = { ...gatewayRecord, status };
    const changes = [{ kind: "gateway", record }] as const;
    return told(world.takeDurably({ kind: "recordsChanged", changes }));
  };
  expect(become("quarantined")).toMatchObject([held]);
  const [released] = become("active");
  expect(released).toMatchObject({ kind: "verdict" });
  expect(released).not.toHaveProperty("held");
});

test("a gateway that nobody approved is told nothing", () => {
  expect(only(connected("pending"), "snapshot")).toEqual([]);
});
