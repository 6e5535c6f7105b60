// The real agent in this process: its loop, disk, keys and link; only netd and the collectors are played,
// and its clock can be moved. The played netd verifies every signature as the real one does.
import { createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentVersion } from "../../agent/io/host.ts";
import { openClock } from "../../agent/io/clock.ts";
import { sha256Hex } from "../../agent/io/digest.ts";
import {
  readIdentity,
  type StoredIdentity,
  writeIdentity,
} from "../../agent/io/identity/identity-file.ts";
import { openMembership, publicPart } from "../../agent/io/identity/membership.ts";
import { openControllerLink } from "../../agent/io/link/controller-link.ts";
import { openSpool } from "../../agent/io/store/spool.ts";
import type { NetdAnswer, NetdRequest } from "../../agent/core/netd.ts";
import type { Role } from "../../agent/core/identity.ts";
import { journalInMemory } from "../fakes/sent-messages.ts";
import { plainSettings } from "../../agent/core/settings.ts";
import type { Ports } from "../../agent/ports.ts";
import { runAgent, type RunningAgent } from "../../agent/run.ts";
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Fact } from "#shared/posture/fact.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { Jwk, TrustSet } from "#shared/protocol/trust.ts";
import type { ControllerUnderTest } from "./controller-under-test.ts";
import { anyDoor } from "../../agent/io/identity/allowed-door.ts";
import { enrol, newKey, payloadOf, wireguardKeyOf } from "./raw-agent.ts";

/** A member's machine: its folder outlives the process. */
export class RealAgent {
  readonly #controller: ControllerUnderTest;
  readonly #directory = mkdtempSync(join(tmpdir(), "sallyport-agent-"));
  readonly #waiting = new Set<() => void>();
  readonly role: Role;
  /** What the played netd was asked, in order. */
  readonly requests: NetdRequest[] = [];
  /** What it said to the controller. */
  readonly sent: AgentMessage[] = [];
  /** Objects whose signature it did not believe. */
  readonly refused: string[] = [];
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  #trust: TrustSet | null = null;
  #agent: RunningAgent | null = null;
  #close: () => Promise<void> = () => Promise.resolve();
  #aheadMs = 0;
  /** How far this machine's wall clock is off. */
  wallSkewMs = 0;
  #wake: (() => void) | null = null;

  constructor(controller: ControllerUnderTest, role: Role) {
    this.#controller = controller;
    this.role = role;
  }

  get identity(): StoredIdentity {
    const { content } = readIdentity(this.#directory);
    if (content === null) throw new Error("not enrolled");
    return content;
  }

  /** Everything in its folder, as text. */
  onDisk(): string {
    const names = readdirSync(this.#directory);
    return names.map((name) => readFileSync(join(this.#directory, name), "latin1")).join("\n");
  }

  /** Joins by the wire and keeps what the agent's own enrolment would keep. */
  async join(name: string, keyText: string): Promise<void> {
    const key = newKey();
    const { status, body } = await enrol(this.#controller, keyText, { key, name });
    if (status !== 201) throw new Error(JSON.stringify(body));
    this.keep(body, { key, name });
  }

  keep(body: Readonly<Record<string, unknown>>, made: { key: KeyObject; name: string }): void {
    const answer = body as { id: string; chain: string[]; trust: TrustSet };
    mkdirSync(this.#directory, { recursive: true });
    writeIdentity(this.#directory, {
      schema: "sallyport.identity/1",
      id: answer.id,
      role: this.role,
      trustDomain: "example.test",
      controllers: [`wss://127.0.0.1:${this.#controller.agentsPort}/agent`],
      wgPublicKey: wireguardKeyOf(made.name),
      privateKey: made.key.export({ type: "pkcs8", format: "pem" }),
      chain: answer.chain,
      root: this.#controller.rootPem,
      rootPin: answer.trust.roots[0] ?? "",
      trust: answer.trust,
    });
  }

  async start(): Promise<void> {
    const spool = openSpool(join(this.#directory, "spool.db"));
    const { identity } = this;
    const start = {
      host: {
        agentVersion,
        os: "linux",
        arch: "x64",
        hostname: "host",
        bootId: "5b1fd3a0-0000-4000-8000-000000000001",
        role: this.role,
      },
      settings: plainSettings(),
      identity: publicPart(identity),
      enrolling: false,
      wish: "up",
      owner: null,
      recalled: null,
      epoch: randomBytes(16).toString("hex"),
      spool: spool.content,
      warnings: {},
    } as const;
    const clock = this.#clock();
    const agent = runAgent(start, { digest: sha256Hex, clock }, (dispatch) => {
      const netd = { call: () => Promise.reject(new Error("joined before")) };
      const around = {
        directory: this.#directory,
        host: start.host,
        netd,
        proxy: null,
        door: anyDoor,
        told: () => undefined,
      };
      const { membership, credentials } = openMembership(identity, around, {
        told: () => undefined,
      });
      const open = openControllerLink({ credentials, dispatch });
      const link: Ports["link"] = {
        ...open,
        send: (connection, message) => {
          this.sent.push(message);
          open.send(connection, message);
        },
      };
      this.#close = async () => {
        link.close(Number.MAX_SAFE_INTEGER, 1000, "");
        await spool.spool.close();
      };
      return { clock, link, membership, spool: spool.spool, ...this.#played() };
    });
    this.#agent = agent;
    agent.dispatch({ kind: "netdReady", wireguard: "userspace", configVersion: 0 });
  }

  async stop(): Promise<void> {
    this.#agent?.stop();
    this.#agent = null;
    await this.#close();
  }

  async remove(): Promise<void> {
    if (this.#agent !== null) await this.stop();
    rmSync(this.#directory, { recursive: true });
  }

  /** Moves the machine's clocks ahead by less than a silence of the link, and what is due happens. */
  advance(ms: number): void {
    this.#aheadMs += ms;
    this.#wake?.();
  }

  /** Resolves when it is so; looks again after everything that happens here. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }

  isUp(): boolean {
    return (
      this.lines
        .findLast(({ to }) => typeof to === "string")
        ?.["to"]?.toString()
        .endsWith("/up") ?? false
    );
  }

  #clock(): Ports["clock"] {
    const real = openClock();
    const now = () => {
      const { monotonicMs, wallAt, random } = real.now();
      return { monotonicMs: monotonicMs + this.#aheadMs, wallAt: wallAt + this.wallSkewMs, random };
    };
    return {
      now,
      wakeAt: (at, wake) => {
        this.#wake = at === null ? null : wake;
        real.wakeAt(at === null ? null : at - this.#aheadMs, wake);
      },
    };
  }

  #happened(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #played(): Omit<Ports, "clock" | "link" | "membership" | "spool"> {
    return {
      netd: {
        request: (request) => {
          this.requests.push(request);
          const answer = this.#answer(request);
          this.#happened();
          return Promise.resolve(answer);
        },
        close: () => undefined,
      },
      memory: {
        saveWish: () => undefined,
        keepOwner: () => undefined,
        keepVerdict: () => undefined,
      },
      localApi: { answer: () => undefined, close: () => Promise.resolve() },
      sent: journalInMemory(),
      collectors: {
        collect: ({ run, collector, signals }) =>
          Promise.resolve({ run, collector, facts: signals.map(factOf), failed: null }),
        watch: () => undefined,
        evidence: () => undefined,
        formerEvidence: () => undefined,
        inventory: () => Promise.resolve(null),
        close: () => Promise.resolve(),
      },
      log: {
        write: (_level, message, fields) => {
          this.lines.push({ message, ...fields });
          this.#happened();
        },
      },
    };
  }

  #answer(request: NetdRequest): NetdAnswer {
    const done = { ok: true, error: null, kernelAtMs: null, steps: [], observed: null };
    if (request.verb === "trust") this.#trust = request.set as unknown as TrustSet;
    const bad = objectsOf(request).filter(([use, jws]) => !isBelieved(this.#trust?.[use], jws));
    if (bad.length === 0) return done;
    this.refused.push(...bad.map(([, jws]) => jws));
    return { ...done, ok: false, error: { code: "bad_signature", at: "jws", detail: "not ours" } };
  }
}

/** Returns the configs that a machine's netd was given. */
export function configsOf(agent: RealAgent): readonly string[] {
  return agent.requests.flatMap((one) => (one.verb === "config" ? [one.jws] : []));
}

/** Whether the newest config opens something. */
export function isOpen(agent: RealAgent): boolean {
  const newest = configsOf(agent).at(-1);
  return newest !== undefined && payloadOf(newest)["state"] === "open";
}

/** A gateway of the furnished site: enrolled, approved, reachable, running. */
export async function startGateway(controller: ControllerUnderTest): Promise<RealAgent> {
  const made = { key: newKey(), name: "gate" };
  const text = await controller.enrolKey({ role: "gateway", site: "office" });
  await enrol(controller, text, made);
  await controller.ask({ method: "POST", path: "/identities/gate/approve" });
  const body = { endpoints: ["192.0.2.1:51820"] };
  await controller.ask({ method: "PATCH", path: "/gateways/gate", body });
  const { body: answer } = await enrol(controller, text, made);
  const agent = new RealAgent(controller, "gateway");
  agent.keep(answer, made);
  await agent.start();
  return agent;
}

/** A device of the group that the wiki is for, up to the config that opens it. */
export async function startDevice(
  controller: ControllerUnderTest,
  name: string,
): Promise<RealAgent> {
  const agent = new RealAgent(controller, "device");
  await agent.join(name, await controller.enrolKey({ groups: ["staff"] }));
  await agent.start();
  await agent.until(() => isOpen(agent));
  return agent;
}

type Use = "configKeys" | "grantKeys" | "leaseKeys";

function objectsOf(request: NetdRequest): readonly (readonly [Use, string])[] {
  switch (request.verb) {
    case "breakGlassLog":
      return [];
    case "config":
      return [["configKeys", request.jws]];
    case "leases":
      return [["leaseKeys", request.jws]];
    case "grants":
      return request.add.map((jws) => ["grantKeys", jws]);
    case "snapshot":
      return request.grants.map((jws) => ["grantKeys", jws]);
    case "link":
    case "narrow":
    case "observe":
    case "portal":
    case "trust":
      return [];
  }
}

/** Returns which key a JWS names. */
export function kidOf(jws: string): string {
  const header = Buffer.from(jws.split(".")[0] ?? "", "base64url").toString();
  return (JSON.parse(header) as { kid: string }).kid;
}

function isBelieved(keys: readonly Jwk[] | undefined, jws: string): boolean {
  const key = keys?.find(({ kid }) => kid === kidOf(jws));
  if (key === undefined) return false;
  const [header, payload, signature = ""] = jws.split(".");
  const publicKey = createPublicKey({ key, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  return verify(null, signed, publicKey, Buffer.from(signature, "base64url"));
}

const valuesOf = { bool: true, int: 1, enum: "on", version: "1.0", string: "one", set: ["one"] };

/** Everything is well on this machine. */
function factOf(signal: string): Fact {
  const entry = entryOf(signal);
  const value = valuesOf[entry?.type ?? "bool"];
  return {
    signal,
    reading: { kind: "known", value },
    observedAt: Date.now(),
    freshForMs: entry?.freshForMs ?? 180_000,
    source: "os",
    collector: "played",
    collectorVersion: 1,
    evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 1 },
  };
}
