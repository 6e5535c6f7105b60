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

test("a gateway that was quarantined while it was away is told to hold nothing, and gets no config", () => {
  const effects = connected("quarantined");
  expect(only(effects, "snapshot")).toMatchObject([{ link: 1, grants: [] }]);
  expect(only(effects, "config")).toEqual([]);
});

test("a gateway that nobody approved is told nothing", () => {
  expect(only(connected("pending"), "snapshot")).toEqual([]);
});
