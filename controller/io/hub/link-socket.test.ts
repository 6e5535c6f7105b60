import { EventEmitter } from "node:events";
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { HubListener } from "../../ports/hub.ts";
import { openLinkSocket } from "./link-socket.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ack = { kind: "ack", epoch: "e".repeat(32), seq: 1 } as const;

/** A link over a socket that only remembers, at a time that the test moves. */
function fakeLink() {
  let nowMs = 0;
  const log: string[] = [];
  const heard: AgentMessage[] = [];
  const verified: boolean[] = [];
  const sentCallbacks: (() => void)[] = [];
  const socket = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    close: (code: number) => void log.push(`close ${code}`),
    terminate: () => void log.push("terminate"),
    send: (_text: string, sent: () => void) => void sentCallbacks.push(sent),
  });
  const listener: HubListener = {
    admit: () => ({ kind: "admitted" }),
    received(_link, message, batchVerified) {
      heard.push(message);
      verified.push(batchVerified);
    },
    closed: (_link, code) => void log.push(`closed ${code}`),
    malformed: (_link, error) => void log.push(error.code),
    drained: () => void log.push("drained"),
    enrolment: {
      enrol: () => Promise.reject(new Error()),
      enrolByIdentity: () => Promise.reject(new Error("unused")),
      renew: () => Promise.reject(new Error()),
    },
  };
  const link = openLinkSocket({
    link: 1,
    socket: socket as unknown as WebSocket,
    publicKey: createPublicKey(privateKey),
    listener,
    clock: { nowAt: () => nowMs, monotonicMs: () => nowMs, wake: () => () => undefined },
    closed: () => void log.push("forgotten"),
  });
  const say = (text: string) => socket.emit("message", Buffer.from(text), false);
  return {
    link,
    socket,
    log,
    heard,
    verified,
    say,
    at: (ms: number) => {
      nowMs = ms;
      link.checkSilence(nowMs);
    },
    flushed: () => sentCallbacks.splice(0).forEach((sent) => sent()),
  };
}

test("sixty seconds of silence close the link; a ping is a sign of life", () => {
  const { socket, log, at } = fakeLink();
  at(59_999);
  socket.emit("ping");
  at(119_999);
  expect(log).toEqual([]);
  at(120_001);
  expect(log).toEqual(["close 4408"]);
});

test("nothing is heard of a link that we closed, and it is reported with our code", () => {
  const { link, socket, log, heard, say } = fakeLink();
  link.close(4403, "revoked");
  link.close(4400, "later");
  say('{"kind":"bye","reason":"x"}');
  socket.emit("close", 1006);
  expect(heard).toEqual([]);
  expect(log).toEqual(["close 4403", "forgotten", "closed 4403"]);
});

test("a socket that holds back too much says so, and once when it drained", () => {
  const { link, socket, log, flushed } = fakeLink();
  expect(link.send(ack)).toBe(true);
  socket.bufferedAmount = 2_000_000;
  expect(link.send(ack)).toBe(false);
  socket.bufferedAmount = 500_000;
  flushed();
  expect(log).toEqual([]);
  expect(link.send(ack)).toBe(false);
  socket.bufferedAmount = 0;
  link.send(ack);
  flushed();
  expect(log).toEqual(["drained"]);
});

test("a thousand frames at once are read, more close the link", () => {
  const { log, heard, say } = fakeLink();
  for (let count = 0; count < 1_001; count++) say('{"kind":"bye","reason":"x"}');
  expect(heard).toHaveLength(1_000);
  expect(log).toEqual(["close 4429"]);
});

const head = "ab".repeat(32);
const signatures: readonly [what: string, sig: string, signed: boolean][] = [
  ["the link's own", signatureOf(privateKey, "ieee-p1363"), true],
  ["another key's", signatureOf(otherKey(), "ieee-p1363"), false],
  ["the other encoding", signatureOf(privateKey, "der"), false],
  ["none", "", false],
];
test.each(signatures)("a report's signature: %s", (_, sig, signed) => {
  const { say, verified } = fakeLink();
  say(JSON.stringify({ kind: "report", batchId: "b", events: [event], head, sig }));
  expect(verified).toEqual([signed]);
});

const event = {
  epoch: "e".repeat(32),
  seq: 1,
  bootId: "00000000-0000-4000-8000-000000000000",
  ageMs: 0,
  fact: null,
  gap: { from: 1, to: 1, because: "spool_full" },
  prev: "0".repeat(64),
};

function otherKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

function signatureOf(key: KeyObject, dsaEncoding: "der" | "ieee-p1363"): string {
  return sign("sha256", Buffer.from(head), { key, dsaEncoding }).toString("base64url");
}
