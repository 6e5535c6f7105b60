/** One machine with the real agent loop on it: its disk and its kernel outlive the process. */
import { createHash } from "node:crypto";
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Fact, SignalValue } from "#shared/posture/fact.ts";
import type { NetdAnswer, NetdNotice, NetdRequest } from "../../agent/core/netd.ts";
import type { SpooledEvent } from "../../agent/core/link/outbox.ts";
import { plainSettings } from "../../agent/core/settings.ts";
import { nameOf } from "../../agent/core/link/outbox.ts";
import type { Ports } from "../../agent/ports.ts";
import { runAgent, type RunningAgent } from "../../agent/run.ts";
import type { Random } from "./random.ts";
import type { Node, SimLink, SimNetwork } from "./sim-network.ts";
import type { Timeline } from "./timeline.ts";

/** What a machine is made of. */
export interface SimAgentParts {
  readonly id: string;
  readonly role: "device" | "gateway";
  readonly wgPublicKey: string;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly network: SimNetwork;
  readonly startAt: number;
  readonly kernel: (request: NetdRequest) => NetdAnswer;
  /** Hears of events that the agent forgets because the controller acked them. */
  readonly forgotten: (event: SpooledEvent) => void;
  readonly trouble: (message: string) => void;
}

/** A machine. */
export interface SimAgent {
  readonly id: string;
  /** Values of signals as they really are. */
  readonly truth: Map<string, SignalValue>;
  running(): boolean;
  start(): void;
  crash(): void;
  set(signal: string, value: SignalValue): void;
  notice(name: NetdNotice): void;
  restartNetd(): void;
  /** Moves the machine's wall clock. */
  skew(byMs: number): void;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** Returns a machine that is switched off. */
export function makeSimAgent(parts: SimAgentParts): SimAgent {
  const { id, role, timeline, random, network } = parts;
  const truth = new Map<string, SignalValue>([
    ["firewall.enabled", true],
    ["firewall.ipv4", true],
    ["firewall.ipv6", true],
  ]);
  const disk = { head: null as string | null, events: [] as SpooledEvent[] };
  let watcher: (signals: readonly string[]) => void = () => undefined;
  let agent: RunningAgent | null = null;
  let life = 0;
  let wallSkewMs = 0;

  const alive = (born: number) => born === life && agent !== null;
  const later = (born: number, low: number, high: number, task: () => void): void => {
    timeline.after(random.between(low, high), () => {
      if (alive(born)) task();
    });
  };
  const answerLater = <T>(born: number, high: number, make: () => T): Promise<T> =>
    new Promise((resolve) => later(born, 1, high, () => resolve(make())));

  const makePorts = (born: number, dispatch: RunningAgent["dispatch"]): Ports => {
    const links = new Map<number, SimLink>();
    const node: Node = {
      id,
      role,
      end: {
        opened: (connection) => alive(born) && dispatch({ kind: "linkOpened", connection }),
        heard: (connection) => alive(born) && dispatch({ kind: "linkHeard", connection }),
        closed: (connection, code) =>
          alive(born) && dispatch({ kind: "linkClosed", connection, code, error: null }),
        frame: (connection, message, configVersion) =>
          alive(born) && dispatch({ kind: "frame", connection, message, configVersion }),
      },
    };
    let forgetWake = (): void => undefined;
    let netdFreeAt = 0;
    return {
      clock: {
        now: moment,
        wakeAt(at, wake) {
          forgetWake();
          if (at === null) return;
          forgetWake = timeline.after(at - timeline.nowMs(), () => alive(born) && wake());
        },
      },
      link: {
        connect: (connection) => void links.set(connection, network.connect(node, connection)),
        send: (connection, message) => links.get(connection)?.send(message),
        ping: (connection) => links.get(connection)?.ping(),
        close: (connection) => links.get(connection)?.close(),
      },
      netd: {
        // One connection: netd acts and answers in the order of the requests.
        request: (request) =>
          new Promise((resolve) => {
            netdFreeAt = Math.max(netdFreeAt, timeline.nowMs()) + random.between(1, 8);
            timeline.after(netdFreeAt - timeline.nowMs(), () => {
              if (alive(born)) resolve(parts.kernel(request));
            });
          }),
        close: () => undefined,
      },
      membership: {
        enrol: () => Promise.reject(new Error("enrolled before the run")),
        renewLate: () => Promise.reject(new Error("certificates outlast the run")),
        storeCertificate: () =>
          Promise.resolve({
            kind: "renewed",
            certificate: { notBeforeAt: 0, notAfterAt: 8_000_000_000_000 },
          }),
        storeTrust: () => Promise.resolve(),
        sign: () => "sim",
        forget: () => Promise.resolve(),
      },
      spool: {
        append: (events) =>
          later(born, 1, 30, () => {
            disk.events.push(...events);
            disk.head = events.at(-1)?.digest ?? disk.head;
          }),
        remove(names, upTo) {
          const gone = (event: SpooledEvent) =>
            names.some((name) => nameOf(name) === nameOf(event)) ||
            (upTo !== null && event.epoch === upTo.epoch && event.seq <= upTo.seq);
          for (const event of disk.events) {
            if (upTo !== null && gone(event)) parts.forgotten(event);
          }
          later(born, 1, 30, () => {
            disk.events = disk.events.filter((event) => !gone(event));
          });
        },
        close: () => Promise.resolve(),
      },
      memory: {
        saveWish: () => undefined,
        keepOwner: () => undefined,
        keepVerdict: () => undefined,
      },
      localApi: { answer: () => undefined, close: () => Promise.resolve() },
      sent: {
        note: () => undefined,
        read: () => Promise.resolve({ messages: [], more: false }),
        close: () => Promise.resolve(),
      },
      collectors: {
        collect: (request) =>
          answerLater(born, 12, () => ({
            run: request.run,
            collector: request.collector,
            facts: request.signals.map((signal) => factOf(signal, truth)),
            failed: null,
          })),
        watch: (changed) => {
          watcher = (signals) => later(born, 1, 3, () => changed(signals));
        },
        evidence: () => undefined,
        formerEvidence: () => undefined,
        inventory: () => Promise.resolve(null),
        close: () => Promise.resolve(),
      },
      log: {
        write(level, message, fields) {
          if (level === "error") parts.trouble(`${id}: ${message} ${JSON.stringify(fields)}`);
        },
      },
    };
  };
  const moment = () => ({
    monotonicMs: timeline.nowMs(),
    wallAt: parts.startAt + timeline.nowMs() + wallSkewMs,
    random: random.next(),
  });
  return {
    id,
    truth,
    running: () => agent !== null,
    start() {
      if (agent !== null) return;
      life += 1;
      const born = life;
      const start = {
        host: hostOf(id, role),
        settings: plainSettings(),
        identity: identityOf(parts),
        enrolling: false,
        wish: "up",
        owner: null,
        recalled: null,
        epoch: Buffer.from(random.bytes(16)).toString("hex"),
        spool: { head: disk.head, events: [...disk.events], corrupt: false },
        warnings: {},
      } as const;
      const waiting: Parameters<RunningAgent["dispatch"]>[0][] = [];
      const made = runAgent(
        start,
        { digest, clock: { now: moment, wakeAt: () => undefined } },
        (dispatch) =>
          makePorts(born, (event) => (agent === null ? void waiting.push(event) : dispatch(event))),
      );
      agent = made;
      for (const event of waiting) made.dispatch(event);
      made.dispatch({ kind: "netdReady", wireguard: "userspace", configVersion: 0 });
    },
    crash() {
      agent = null;
      life += 1;
      network.nodeDied(id);
    },
    set(signal, value) {
      truth.set(signal, value);
      watcher([signal]);
    },
    notice: (name) => agent?.dispatch({ kind: "netdNoticed", name, what: "" }),
    restartNetd() {
      const born = life;
      agent?.dispatch({
        kind: "netdLost",
        because: { code: "SP-401", params: { socket: "netd.sock", why: "gone" } },
      });
      later(born, 50, 2_000, () =>
        agent?.dispatch({ kind: "netdReady", wireguard: "userspace", configVersion: 0 }),
      );
    },
    skew(byMs) {
      wallSkewMs += byMs;
    },
  };
}

function hostOf(id: string, role: "device" | "gateway") {
  return {
    agentVersion: "0.1.0",
    os: "linux",
    arch: "x64",
    hostname: id.slice(0, 12),
    bootId: "7f1f3c8e-3b1d-4b9a-9a38-0d6f0a3c5e11",
    role,
  } as const;
}

function identityOf(parts: SimAgentParts) {
  return {
    id: parts.id,
    role: parts.role,
    trustDomain: "sim.test",
    controllers: ["wss://controller.sim.test:8443/agent"],
    wgPublicKey: parts.wgPublicKey,
    certificate: { notBeforeAt: 0, notAfterAt: 8_000_000_000_000 },
    trust: {},
  };
}

function factOf(signal: string, truth: ReadonlyMap<string, SignalValue>): Fact {
  const entry = entryOf(signal);
  const value = truth.get(signal);
  return {
    signal,
    reading:
      value === undefined ? { kind: "unknown", reason: "no_data" } : { kind: "known", value },
    observedAt: 0,
    freshForMs: entry?.freshForMs ?? 180_000,
    source: "os",
    collector: "sim",
    collectorVersion: 1,
    evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 0 },
  };
}
