import { expect, test } from "vitest";
import { secret } from "#shared/base/secret.ts";
import { plainSettings } from "../settings.ts";
import { type LocalRequest, refusalOf } from "./request.ts";

/** One request of every verb; the compiler misses one that is added without a line here. */
const requests: Readonly<Record<LocalRequest["verb"], LocalRequest>> = {
  status: { verb: "status" },
  watch: { verb: "watch" },
  doctor: { verb: "doctor" },
  settings: { verb: "settings" },
  up: { verb: "up" },
  portal: { verb: "portal" },
  unenrol: { verb: "unenrol" },
  posture: { verb: "posture" },
  privacy: { verb: "privacy", sinceAt: 0 },
  explain: { verb: "explain", resource: "wiki" },
  recheck: { verb: "recheck", signals: null },
  request: { verb: "request", resource: "wiki", reason: "incident", seconds: 60 },
  login: { verb: "login" },
  logout: { verb: "logout" },
  down: { verb: "down", reason: null },
  enrol: { verb: "enrol", by: { kind: "key", key: secret("sp1_") } },
};

function refusedTo(uid: number, settings = plainSettings()): readonly string[] {
  return Object.entries(requests)
    .filter(([, request]) => refusalOf(request, { uid, user: "somebody" }, settings) !== null)
    .map(([verb]) => verb)
    .sort();
}

test("GHSA-qcpp-8vwj-hhwr: any user may call the socket, and changes nothing of the machine by it", () => {
  expect(refusedTo(65_534)).toEqual(["enrol", "unenrol"]);
  expect(refusedTo(0)).toEqual([]);
});

test("device management narrows what people may, and never widens it", () => {
  const locked = { ...plainSettings(), allowUserDisconnect: false };
  expect(refusedTo(1_000, locked)).toEqual(["down", "enrol", "logout", "unenrol"]);
  expect(refusedTo(0, locked)).toEqual([]);
  expect(refusedTo(0, { ...locked, alwaysOn: true })).toEqual(["down"]);
});
