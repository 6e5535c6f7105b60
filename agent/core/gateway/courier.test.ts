import fc from "fast-check";
import { expect, test } from "vitest";
import { moment } from "../../../test/fakes/agent-samples.ts";
import { type CourierEvent, type CourierState, courierTransition } from "./courier.ts";

const hash = "0".repeat(64);
const jws = "a.b.c";
const grants = (n: number, add: string[], remove: string[]): CourierEvent => ({
  kind: "streamed",
  message: { kind: "grants", n, add, remove },
});
const snapshot = (part: number, parts: number): CourierEvent => ({
  kind: "streamed",
  message: { kind: "snapshot", epoch: "e".repeat(32), part, parts, hash, grants: [jws] },
});

function run(events: readonly CourierEvent[]) {
  let state: CourierState = { kind: "aside" };
  let effects: ReturnType<typeof courierTransition>["effects"] = [];
  for (const event of events) ({ state, effects } = courierTransition(state, event, moment(3)));
  return { state, effects };
}

test("carries a snapshot in parts and then counts from one", () => {
  const { state } = run([{ kind: "linkUp" }, snapshot(1, 2)]);
  expect(state).toEqual({ kind: "awaiting" });
  const following = run([{ kind: "linkUp" }, snapshot(1, 2), snapshot(2, 2), grants(1, [jws], [])]);
  expect(following.state).toEqual({ kind: "following", last: 1 });
  expect(following.effects).toEqual([
    {
      kind: "netd",
      request: { verb: "grants", add: [jws], remove: [] },
      topic: { kind: "grants", n: 1, removed: 0, receivedMonotonicMs: 3 },
    },
  ]);
});

test("asks for a snapshot at a gap, passes the removals on and the additions not", () => {
  const { state, effects } = run([{ kind: "linkUp" }, snapshot(1, 1), grants(2, [jws], ["j1"])]);
  expect(state).toEqual({ kind: "awaiting" });
  expect(effects).toMatchObject([
    { kind: "netd", request: { verb: "grants", add: [], remove: ["j1"] } },
    { kind: "resync" },
  ]);
});

test("asks for a snapshot when netd holds something else, or holds nothing since its restart", () => {
  const following = [{ kind: "linkUp" }, snapshot(1, 1)] as const satisfies CourierEvent[];
  const check = { kind: "streamed", message: { kind: "check", hash } } as const;
  expect(run([...following, check]).effects).toMatchObject([{ request: { verb: "observe" } }]);
  const same = { kind: "observed", hash, listed: hash } as const;
  expect(run([...following, same]).effects).toEqual([]);
  expect(run([...following, { ...same, listed: "1".repeat(64) }]).effects).toEqual([
    { kind: "resync" },
  ]);
  expect(run([...following, { kind: "netdReady" }]).effects).toEqual([{ kind: "resync" }]);
  expect(run([{ kind: "netdReady" }]).effects).toEqual([]);
});

test("passes every removal on and no addition out of order, whatever the stream does", () => {
  const event = fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.boolean())
      .map(([n, removes]) => grants(n, [jws], removes ? ["j1"] : [])),
    fc.constant(snapshot(1, 1)),
    fc.constantFrom<CourierEvent>(
      { kind: "linkUp" },
      { kind: "linkDown" },
      { kind: "netdReady" },
      { kind: "observed", hash, listed: "1".repeat(64) },
    ),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state: CourierState = { kind: "aside" };
      for (const next of events) {
        const before = state;
        const step = courierTransition(state, next, moment(0));
        state = step.state;
        if (next.kind !== "streamed" || next.message.kind !== "grants") continue;
        const requests = step.effects.flatMap((effect) =>
          effect.kind === "netd" && effect.request.verb === "grants" ? [effect.request] : [],
        );
        expect(requests.flatMap((request) => request.remove)).toEqual(next.message.remove);
        const inOrder = before.kind === "following" && before.last + 1 === next.message.n;
        expect(requests.flatMap((request) => request.add)).toEqual(inOrder ? [jws] : []);
      }
    }),
  );
});
