import fc from "fast-check";
import { expect, test } from "vitest";
import { identityOf, moment, startAt, welcomeAt } from "../../../test/fakes/agent-samples.ts";
import {
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  linkDeadline,
  linkTransition,
  stoppedLink,
} from "./link.ts";

function run(
  state: LinkState,
  steps: readonly (readonly [LinkEvent, number])[],
): { state: LinkState; effects: readonly LinkEffect[] } {
  let reached = state;
  let effects: readonly LinkEffect[] = [];
  for (const [event, at] of steps) {
    const step = linkTransition(reached, event, moment(at));
    reached = step.state;
    effects = step.effects;
  }
  return { state: reached, effects };
}

const started = { kind: "linkStarted", identity: identityOf("device") } as const;
const welcomed = (connection: number, at = 0): LinkEvent => ({
  kind: "welcomed",
  connection,
  message: welcomeAt(at),
});
const closed = (connection: number, code: number): LinkEvent => ({
  kind: "linkClosed",
  connection,
  code,
  error: null,
});

test("says hello as soon as the connection is open", () => {
  const { effects } = run(stoppedLink(), [
    [started, 0],
    [{ kind: "linkOpened", connection: 1 }, 5],
  ]);
  expect(effects).toEqual([{ kind: "greet" }]);
});

test("gives a connection up that nobody answers, and tries the next controller", () => {
  const { state, effects } = run(stoppedLink(), [
    [started, 0],
    [{ kind: "tick" }, 10_000],
  ]);
  expect(effects).toMatchObject([{ kind: "disconnect", connection: 1 }]);
  expect(state.because).toEqual({
    code: "SP-110",
    params: { url: "wss://one.example.test:8443/agent", why: "connect unanswered" },
  });
  const again = run(state, [[{ kind: "tick" }, 11_000]]);
  expect(again.effects).toEqual([
    { kind: "connect", connection: 3, url: "wss://two.example.test:8443/agent" },
  ]);
});

test("beats every heartbeat and drops a link that is silent for 60 s", () => {
  const up = run(stoppedLink(), [
    [started, 0],
    [{ kind: "linkOpened", connection: 1 }, 0],
    [welcomed(1), 0],
  ]);
  // Soon: a lease that ran on without a link waits for it.
  expect(linkDeadline(up.state)).toEqual({ at: 1_000, reason: "beat" });
  const first = run(up.state, [[{ kind: "tick" }, 1_000]]);
  expect(linkDeadline(first.state)).toEqual({ at: 21_000, reason: "beat" });
  const beaten = run(first.state, [[{ kind: "tick" }, 21_000]]);
  expect(beaten.effects).toEqual([{ kind: "beat" }, { kind: "ping", connection: 1 }]);
  const silent = run(beaten.state, [
    [{ kind: "tick" }, 40_000],
    [{ kind: "tick" }, 60_000],
  ]);
  expect(silent.effects).toMatchObject([{ kind: "disconnect", connection: 1 }]);
  expect(silent.state.phase.kind).toBe("waiting");
});

test("asks for a new certificate once at half-life, and again only after a minute", () => {
  const half = 12 * 3_600_000;
  const up = run(stoppedLink(), [
    [started, half - 30_000],
    [{ kind: "linkOpened", connection: 1 }, half - 30_000],
    [welcomed(1, half - 30_000), half - 30_000],
    [{ kind: "tick" }, half - 10_000],
  ]);
  expect(up.effects).toEqual([{ kind: "beat" }, { kind: "ping", connection: 1 }]);
  const asked = run(up.state, [
    [{ kind: "linkHeard", connection: 1 }, half],
    [{ kind: "tick" }, half + 10_000],
  ]);
  expect(asked.effects.at(-1)).toEqual({ kind: "askRenewal" });
  const later = run(asked.state, [
    [{ kind: "linkHeard", connection: 1 }, half + 20_000],
    [{ kind: "tick" }, half + 30_000],
  ]);
  expect(later.effects).toEqual([{ kind: "beat" }, { kind: "ping", connection: 1 }]);
});

test("renews late before it connects with an expired certificate", () => {
  const certificate = { notBeforeAt: startAt - 10, notAfterAt: startAt - 1 };
  const identity = identityOf("device", { certificate });
  const late = run(stoppedLink(), [[{ kind: "linkStarted", identity }, 0]]);
  expect(late.effects).toEqual([{ kind: "renewLate", url: "wss://one.example.test:8443/agent" }]);
  const renewed = { notBeforeAt: startAt, notAfterAt: startAt + 1_000_000 };
  const next = run(late.state, [[{ kind: "certificateIssued", certificate: renewed }, 10]]);
  expect(next.effects).toMatchObject([{ kind: "connect" }]);
});

test("renews late, once, when the controller refuses a certificate that our clock takes for good", () => {
  const refused = run(stoppedLink(), [
    [started, 0],
    [{ kind: "linkOpened", connection: 1 }, 0],
    [closed(1, 4401), 0],
    [{ kind: "tick" }, 500],
  ]);
  expect(refused.effects).toMatchObject([{ kind: "renewLate" }]);
  const error = { code: "SP-110", params: {} } as const;
  const failed = run(refused.state, [
    [{ kind: "lateRenewalFailed", error }, 600],
    [{ kind: "tick" }, 60_000],
  ]);
  expect(failed.effects).toMatchObject([{ kind: "connect" }]);
});

test("waits ten minutes and remembers that it was revoked", () => {
  const { state } = run(stoppedLink(), [
    [started, 0],
    [{ kind: "linkOpened", connection: 1 }, 0],
    [closed(1, 4403), 0],
  ]);
  expect(state.revoked).toBe(true);
  expect(linkDeadline(state)?.at).toBe(600_000);
  expect(state.because?.code).toBe("SP-203");
});

test("never waits longer than a quarter of the lease where the controller does not say so", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 30 }),
      (dice) => {
        let state = linkTransition(stoppedLink(), started, moment(0)).state;
        let now = 0;
        for (const random of dice) {
          const lost = linkTransition(state, closed(state.connection, 1006), moment(now, random));
          const deadline = linkDeadline(lost.state);
          expect(deadline!.at - now).toBeLessThanOrEqual(30_000);
          now = deadline!.at;
          state = linkTransition(lost.state, { kind: "tick" }, moment(now, random)).state;
        }
      },
    ),
  );
});

test("acts on the newest connection only, and on none once it was stopped", () => {
  const event = fc.oneof(
    fc.nat(6).map((connection): LinkEvent => ({ kind: "linkOpened", connection })),
    fc.nat(6).map((connection): LinkEvent => ({ kind: "linkHeard", connection })),
    fc.nat(6).map((connection): LinkEvent => welcomed(connection)),
    fc
      .tuple(fc.nat(6), fc.constantFrom(1000, 1006, 4403, 4409, 4426, 4503))
      .map(([connection, code]): LinkEvent => closed(connection, code)),
    fc.constant<LinkEvent>({ kind: "tick" }),
    fc.constant<LinkEvent>(started),
    fc.constant<LinkEvent>({ kind: "linkStopped", reason: "test" }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(40_000)), { maxLength: 60 }), (steps) => {
      let state = stoppedLink();
      let now = 0;
      for (const [next, passedMs] of steps) {
        now += passedMs;
        const before = state;
        const step = linkTransition(state, next, moment(now));
        state = step.state;
        expect(state.connection).toBeGreaterThanOrEqual(before.connection);
        if (before.phase.kind === "stopped" && next.kind !== "linkStarted") {
          expect(step.effects).toEqual([]);
        }
        for (const effect of step.effects) {
          if (effect.kind === "connect") expect(effect.connection).toBe(state.connection);
          if (effect.kind === "ping") expect(state.phase.kind).toBe("up");
          if (effect.kind === "greet") expect(state.phase.kind).toBe("greeting");
        }
        const stale = "connection" in next && next.connection !== before.connection;
        if (stale) expect(step).toEqual({ state: before, effects: [] });
      }
    }),
  );
});
