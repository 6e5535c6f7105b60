import { expect, test } from "vitest";
import {
  connect,
  epoch,
  eventOf,
  hello,
  ids,
  makeWorld,
  only,
  open,
  reportOf,
  say,
  sha256Hex,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import { eventText } from "#shared/posture/event-text.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";

const acks = (effects: ReturnType<typeof say>) =>
  only(effects, "send").flatMap(({ message }) => (message.kind === "ack" ? [message.seq] : []));
const alarms = (effects: ReturnType<typeof say>) =>
  only(effects, "alarm").map(({ error }) => error.code);
const valueOf = (world: World) =>
  world.state.devices.get(ids.device)?.posture.facts.get("firewall.enabled")?.fact.reading;

function world(): World {
  const made = makeWorld();
  connect(made, 2, ids.device);
  return made;
}

test("facts come from the newest event by its number, in whatever order events arrive", () => {
  const made = world();
  say(made, 2, reportOf(eventOf(3, "firewall.enabled", false)));
  const late = say(made, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  expect(valueOf(made)).toEqual({ kind: "known", value: false });
  expect(acks(late)).toEqual([1]);
});

test("the epoch of the last hello wins over former ones, whose rest may come later", () => {
  const made = world();
  say(made, 2, reportOf(eventOf(1, "firewall.enabled", false)));
  const former = { ...eventOf(9, "firewall.enabled", true), epoch: "0".repeat(32) };
  say(made, 2, reportOf(former));
  expect(valueOf(made)).toEqual({ kind: "known", value: false });
});

test("freshness counts from receipt less the event's age, and no longer than the catalogue says", () => {
  const made = world();
  const fresh = eventOf(1, "firewall.enabled", true, 30_000);
  const claimed: PostureEvent = { ...fresh, fact: { ...fresh.fact!, freshForMs: 604_800_000 } };
  say(made, 2, reportOf(claimed));
  const held = made.state.devices.get(ids.device)?.posture.facts.get("firewall.enabled");
  expect(held?.untilAt).toBe(made.now - 30_000 + 180_000);
});

test("a batch whose neighbours are not linked, or of two epochs, or unsigned, is refused whole", () => {
  const first = eventOf(1, "firewall.enabled", true);
  const second = eventOf(2, "disk.encrypted", true);
  const head = sha256Hex(eventText(second));
  const report = { ...reportOf(first, second), events: [first, second], head };
  expect(alarms(say(world(), 2, report))).toEqual(["SP-209"]);
  const mixed = reportOf(first, { ...eventOf(7, "disk.encrypted", true), epoch: "0".repeat(32) });
  expect(alarms(say(world(), 2, mixed))).toEqual(["SP-209"]);
  const made = world();
  const event = { kind: "received", link: 2, message: reportOf(first), signed: false } as const;
  const refused = made.takeDurably(event);
  expect(alarms(refused)).toEqual(["SP-209"]);
  expect(only(refused, "send")).toMatchObject([
    { link: 2, message: { kind: "error", code: "SP-209", re: event.message.batchId } },
  ]);
  expect(valueOf(made)).toBeUndefined();
});

test("the same name with other bytes is alarmed and changes nothing", () => {
  const made = world();
  say(made, 2, reportOf(eventOf(1, "firewall.enabled", false)));
  const effects = say(made, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  expect(alarms(effects)).toEqual(["SP-207"]);
  expect(valueOf(made)).toEqual({ kind: "known", value: false });
});

test("a chain that forks in a later report is alarmed, and nothing of it is taken", () => {
  const made = world();
  say(made, 2, reportOf(eventOf(1, "firewall.enabled", false)));
  const forked = { ...eventOf(2, "firewall.enabled", true), prev: "a".repeat(64) };
  const onward = { ...eventOf(3, "firewall.enabled", true), prev: sha256Hex(eventText(forked)) };
  expect(alarms(say(made, 2, reportOf(forked)))).toEqual(["SP-207"]);
  const effects = say(made, 2, reportOf(onward));
  expect(only(effects, "write")).toEqual([]);
  expect(acks(effects)).toEqual([1]);
  expect(valueOf(made)).toEqual({ kind: "known", value: false });
  const second = say(made, 2, reportOf(forked, onward));
  expect([alarms(second), acks(second)]).toEqual([["SP-207"], [1]]);
});

test("an event whose former is not held may follow any: a first one, one behind a gap", () => {
  const made = world();
  const stranger = { prev: "a".repeat(64) };
  const told = [1, 5].flatMap((seq) =>
    alarms(say(made, 2, reportOf({ ...eventOf(seq, "firewall.enabled", true), ...stranger }))),
  );
  expect(told).toEqual([]);
});

test("a controller that was started anew knows a fork by the last event it stored", () => {
  const ledgers = [{ device: ids.device, epoch, seq: 7, digest: "d".repeat(64) }];
  const made = makeWorld(storedState({ ledgers }));
  connect(made, 2, ids.device);
  const next = (prev: string) => ({ ...eventOf(8, "firewall.enabled", true), prev });
  expect(alarms(say(made, 2, reportOf(next("a".repeat(64)))))).toEqual(["SP-207"]);
  expect(valueOf(made)).toBeUndefined();
  expect(acks(say(made, 2, reportOf(next("d".repeat(64)))))).toEqual([8]);
});

test("what only the store remembers is compared there", () => {
  const made = world();
  const conflicts = [{ device: ids.device, epoch: "e", seq: 1 }];
  const effects = made.takeDurably({ kind: "written", token: 0, conflicts });
  expect(alarms(effects)).toEqual(["SP-207"]);
});

test("a gap record is alarmed, durable, and moves the ack over the gap", () => {
  const made = world();
  say(made, 2, reportOf(eventOf(1, "firewall.enabled", true)));
  const gap: PostureEvent = {
    ...eventOf(9, "firewall.enabled", true),
    fact: null,
    gap: { from: 2, to: 8, because: "spool_full" },
  };
  const effects = say(made, 2, reportOf(gap));
  expect(alarms(effects)).toEqual(["SP-206"]);
  expect(acks(effects)).toEqual([9]);
});

test("what the device deleted by our ack before a restore counts as lost, not as awaited", () => {
  const made = makeWorld();
  open(made, 2, ids.device);
  const effects = say(made, 2, { ...hello(ids.device), seq: { last: 7, ackedByMe: 7 } });
  expect(alarms(effects)).toEqual(["SP-206"]);
  expect(acks(say(made, 2, reportOf(eventOf(8, "firewall.enabled", true))))).toEqual([8]);
});

test("a signal that the catalogue does not know is kept and decides nothing", () => {
  const made = world();
  const odd = eventOf(1, "firewall.enabled", true);
  const event = { ...odd, fact: { ...odd.fact!, signal: "made.up" } };
  expect(acks(say(made, 2, reportOf(event)))).toEqual([1]);
  expect(made.state.devices.get(ids.device)?.posture.facts.get("made.up")?.untilAt).toBe(made.now);
});
