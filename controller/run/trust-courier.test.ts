import { expect, test } from "vitest";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import { simulatedTrust } from "../../test/sim/signed.ts";
import { type Link, newLink } from "../core/session/link.ts";
import { makeMailroom } from "./mailroom.ts";
import { makeTrustCourier } from "./trust-courier.ts";

const config = { kind: "message", message: { kind: "config", jws: "a.b.c" } } as const;

/** One greeted link, a hub that keeps what it is given, and a store that answers when told to. */
function world() {
  const sent: ControllerMessage["kind"][] = [];
  const answers: PromiseWithResolvers<TrustSet>[] = [];
  const alarms: (() => void)[] = [];
  const warnings: string[] = [];
  const identity = {
    role: "device",
    id: "dev_1",
    certificateEndsAt: 0,
    remoteAddress: "",
  } as const;
  const link: Link = { ...newLink(7, identity, 0), phase: "greeted" };
  const hub = {
    listen: () => Promise.resolve(0),
    send: (_: number, { kind }: ControllerMessage) => sent.push(kind) > 0,
    close: () => undefined,
    stop: () => Promise.resolve(),
  };
  const unused = () => "";
  const mailroom = makeMailroom(hub, { config: unused, grant: unused, leases: unused });
  const courier = makeTrustCourier({
    state: { links: new Map([[7, link]]), trustDomain: "example.test" },
    authority: {
      trustSet: () => {
        const answer = Promise.withResolvers<TrustSet>();
        answers.push(answer);
        return answer.promise;
      },
    },
    mailroom,
    clock: {
      wake: (_, run) => {
        alarms.push(run);
        return () => undefined;
      },
    },
    log: { warn: (message) => warnings.push(message) },
  });
  return { sent, answers, alarms, warnings, mailroom, courier };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a trust set goes ahead of what was posted while it was being made", async () => {
  const { sent, answers, mailroom, courier } = world();
  courier.greet(7, 0);
  mailroom.post(7, config, false);
  expect(sent).toEqual([]);
  answers[0]?.resolve(simulatedTrust("aud"));
  await settled();
  expect(sent).toEqual(["trust", "config"]);
});

test("the set that the agent holds is not sent", async () => {
  const { sent, answers, mailroom, courier } = world();
  courier.greet(7, 1);
  mailroom.post(7, config, false);
  answers[0]?.resolve(simulatedTrust("aud"));
  await settled();
  expect(sent).toEqual(["config"]);
});

test("a store that fails or is slow keeps nothing back, and a set that comes late is sent", async () => {
  const failing = world();
  failing.courier.greet(7, 0);
  failing.mailroom.post(7, config, false);
  failing.answers[0]?.reject(new Error("disk"));
  await settled();
  expect(failing.sent).toEqual(["config"]);
  expect(failing.warnings).toEqual(["trust set not sent"]);
  const slow = world();
  slow.courier.greet(7, 0);
  slow.mailroom.post(7, config, false);
  slow.alarms[0]?.();
  expect(slow.sent).toEqual(["config"]);
  slow.answers[0]?.resolve(simulatedTrust("aud"));
  await settled();
  expect(slow.sent).toEqual(["config", "trust"]);
});

test("a set that is made after its link has gone is for nobody", async () => {
  const { sent, answers, alarms, mailroom, courier } = world();
  courier.greet(7, 0);
  alarms[0]?.();
  mailroom.forget(7);
  answers[0]?.resolve(simulatedTrust("aud"));
  await settled();
  expect(sent).toEqual([]);
});

test("a rotation is not gone on with where a set could not be made", async () => {
  const { answers, courier } = world();
  const distributed = courier.distribute();
  answers[0]?.reject(new Error("disk"));
  await expect(distributed).rejects.toThrow("disk");
});
