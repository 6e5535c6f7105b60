import { expect, test } from "vitest";
import {
  beatOf,
  deviceRecord,
  eventOf,
  hello,
  ids,
  makeWorld,
  only,
  open,
  openWorld,
  reportOf,
  say,
  startAt,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import type { Effect } from "../effect.ts";

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const removed = (effects: readonly Effect[]) =>
  only(effects, "grants").flatMap(({ remove }) => remove);
const firewallOff = (seq = 3) => reportOf(eventOf(seq, "firewall.enabled", false));
const permitOf = (world: World) =>
  world.state.devices.get(ids.device)?.permits.get(ids.gateway) ?? null;

test("a link without hello, or of another role, is closed", () => {
  const world = makeWorld();
  open(world, 7, ids.device);
  expect(only(world.advance(5_000), "close")).toMatchObject([{ link: 7, code: 4400 }]);
  open(world, 8, ids.device);
  expect(only(say(world, 8, hello(ids.gateway)), "close")).toMatchObject([{ link: 8, code: 4400 }]);
  expect(only(say(world, 8, beatOf({})), "close")).toMatchObject([{ link: 8, code: 4400 }]);
});

test("a newer link closes the older, whose words count no more", () => {
  const world = openWorld();
  expect(only(open(world, 3, ids.device), "close")).toMatchObject([{ link: 2, code: 4409 }]);
  expect(say(world, 2, firewallOff())).toEqual([]);
});

test("a copied identity: two replacements from other addresses within a minute are a clone: nothing stays granted", () => {
  const world = openWorld();
  open(world, 3, ids.device, "203.0.113.1");
  const effects = open(world, 4, ids.device, "198.51.100.1");
  expect(only(effects, "alarm")).toMatchObject([{ error: { code: "SP-208" } }]);
  expect(removed(effects)).toHaveLength(1);
});

test("replacements from the same address are a flapping network, not a clone", () => {
  const world = openWorld();
  const effects = [3, 4, 5].flatMap((link) => open(world, link, ids.device));
  expect(only(effects, "alarm")).toEqual([]);
});

test("a link ends with its certificate, later when that was renewed", () => {
  const world = openWorld();
  world.take({
    kind: "certificateRenewed",
    identity: ids.device,
    spkiHex: "cc",
    endsAt: startAt + 2 * 86_400_000,
  });
  const closes = (ms: number) => only(world.advance(ms), "close").map(({ link }) => link);
  expect(closes(86_400_000)).toEqual([1]);
  expect(closes(86_400_000)).toEqual([2]);
});

test.each([
  ["another's", "other"],
  ["a fresh", "fresh"],
])("a device that shows %s WireGuard key is closed and alarmed, its grants stay", (_, shown) => {
  const other = { ...deviceRecord, id: "dev_00000000000000000000000009", wgPublicKey: "other" };
  const world = openWorld(storedState({ devices: [deviceRecord, other] }));
  const before = permitOf(world)!.live!;
  open(world, 3, ids.device);
  const effects = say(world, 3, { ...hello(ids.device), wgPublicKey: shown });
  expect(only(effects, "close")).toMatchObject([{ link: 3, code: 4400 }]);
  expect(only(effects, "send")).toEqual([]);
  expect(only(effects, "alarm")).toMatchObject([{ error: { code: "SP-504" } }]);
  expect(permitOf(world)?.live).toBe(before);
});

test("a gateway that shows another WireGuard key than its own is closed and alarmed", () => {
  const world = openWorld();
  open(world, 3, ids.gateway);
  const effects = say(world, 3, { ...hello(ids.gateway), wgPublicKey: "fresh" });
  expect(only(effects, "close")).toMatchObject([{ link: 3, code: 4400 }]);
  expect(only(effects, "send")).toEqual([]);
  expect(only(effects, "alarm")).toMatchObject([{ error: { code: "SP-504" } }]);
  expect(permitOf(world)?.live?.wg.pk).toBe(deviceRecord.wgPublicKey);
});

test("a link gets a certificate at most every ten seconds", () => {
  const world = openWorld();
  expect(kinds(say(world, 2, { kind: "renew" }))).toEqual(["renew"]);
  expect(only(say(world, 2, { kind: "renew" }), "send")).toMatchObject([
    { message: { kind: "error", code: "SP-706" } },
  ]);
  world.now += 10_000;
  expect(kinds(say(world, 2, { kind: "renew" }))).toEqual(["renew"]);
});

test("what comes before hello is not taken, and closes the link at once", () => {
  const world = makeWorld();
  open(world, 2, ids.device);
  const effects = say(world, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  const reason = "hello comes first";
  expect(effects).toEqual([{ kind: "close", link: 2, code: 4400, reason }]);
  expect(world.state.devices.get(ids.device)?.posture.facts.size).toBe(0);
});
