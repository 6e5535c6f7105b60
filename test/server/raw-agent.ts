// An agent's end of the wire without an agent: it joins, connects with any certificate, and says what a test wants.
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { request } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { WebSocket } from "ws";
import { makeRequest } from "../../agent/io/identity/certificate-request.ts";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { eventText } from "#shared/posture/event-text.ts";
import { factsText } from "#shared/posture/facts-text.ts";
import type { SignalValue } from "#shared/posture/fact.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { subprotocol } from "#shared/protocol/capability.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import { chain, factOf, type Said, sha256Hex } from "../fakes/controller-world.ts";
import type { ControllerUnderTest } from "./controller-under-test.ts";

/** A device or gateway that joined, with its keys. */
export interface Member {
  readonly id: string;
  readonly key: KeyObject;
  readonly chain: readonly string[];
  readonly wgPublicKey: string;
}

/** What the enrolment port answered. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A WireGuard public key from a name; the last character keeps to the 32 bytes that a key has. */
export function wireguardKeyOf(name: string): string {
  return createHash("sha256").update(name).digest("base64");
}

/** Returns a key as an agent makes it. */
export function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** Returns the public half as the store names it. */
export function spkiHexOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: "spki", format: "der" }).toString("hex");
}

/** What a request shows of itself. */
export interface PostOptions {
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: { readonly key: KeyObject; readonly chain: readonly string[] };
}

/** Posts to the agents' port; `text` goes as it is. */
export function post(
  controller: ControllerUnderTest,
  path: string,
  options: PostOptions,
): Promise<Answer> {
  const { text = "{}", headers = {}, client } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: controller.agentsPort,
        path,
        method: "POST",
        agent: false,
        headers: { "content-type": "application/json", ...headers },
        ...tls(controller, client),
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8").on("data", (part: string) => (answer += part));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) as Answer["body"] });
        });
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

/** Asks to join with a key's text; the answer is the controller's own. */
export function enrol(
  controller: ControllerUnderTest,
  keyText: string,
  device: {
    readonly key: KeyObject;
    readonly name: string;
    readonly role?: "device" | "gateway";
  },
): Promise<Answer> {
  const { k, s } = parseEnrolmentKey(keyText);
  const body = {
    keyId: k,
    secret: s,
    csr: makeRequest(device.key),
    wgPublicKey: wireguardKeyOf(device.name),
    role: device.role,
    device: { hostname: device.name, os: "linux", serials: [] },
  };
  return post(controller, "/v1/enrol", { text: JSON.stringify(body) });
}

/** Joins with a new one-use key. */
export async function join(
  controller: ControllerUnderTest,
  name: string,
  options: object = { groups: ["staff"] },
): Promise<Member> {
  const key = newKey();
  const answer = await enrol(controller, await controller.enrolKey(options), { key, name });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer));
  return memberOf(answer, key, name);
}

/** Joins as a gateway: pending first, then approved, then with its endpoint. */
export async function joinGateway(controller: ControllerUnderTest, name: string): Promise<Member> {
  const key = newKey();
  const text = await controller.enrolKey({ role: "gateway", site: "office" });
  const first = await enrol(controller, text, { key, name });
  if (first.status !== 202) throw new Error(JSON.stringify(first));
  await controller.ask({ method: "POST", path: `/identities/${name}/approve` });
  const body = { endpoints: ["192.0.2.1:51820"] };
  await controller.ask({ method: "PATCH", path: `/gateways/${name}`, body });
  const second = await enrol(controller, text, { key, name });
  if (second.status !== 201) throw new Error(JSON.stringify(second));
  return memberOf(second, key, name);
}

function memberOf({ body }: Answer, key: KeyObject, name: string): Member {
  const { id, chain } = body as { id: string; chain: string[] };
  return { id, key, chain, wgPublicKey: wireguardKeyOf(name) };
}

/** What a link shows of itself. */
export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly localAddress?: string;
  readonly protocol?: string;
}

/** As often as an agent: a link of which nothing is heard for a minute is closed. */
const pingEveryMs = 20_000;

/** A link by hand; everything that was received stays in `messages`. */
export class RawLink {
  readonly messages: ControllerMessage[] = [];
  readonly opened: Promise<boolean>;
  /** The close code, or the HTTP status where the upgrade was refused. */
  readonly ended: Promise<number>;
  /** What a refused upgrade was answered with; the code that a link was closed with, else. */
  readonly refusal: Promise<Readonly<Record<string, unknown>>>;
  readonly #socket: WebSocket;
  readonly #waiting: (() => void)[] = [];

  constructor(
    controller: ControllerUnderTest,
    client: Pick<Member, "key" | "chain"> | undefined,
    options: ConnectOptions = {},
  ) {
    const { headers = {}, path = "/agent", protocol = subprotocol, localAddress } = options;
    this.#socket = new WebSocket(
      `wss://127.0.0.1:${controller.agentsPort}${path}`,
      protocol === "" ? [] : [protocol],
      {
        ...tls(controller, client),
        headers: { ...headers },
        ...(localAddress === undefined ? {} : { localAddress }),
        perMessageDeflate: false,
      },
    );
    const socket = this.#socket;
    this.opened = new Promise((resolve) => {
      socket.on("open", () => resolve(true));
      socket.on("close", () => resolve(false));
    });
    const refusal = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.refusal = refusal.promise;
    this.ended = new Promise((resolve) => {
      socket.on("unexpected-response", (_request, response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () => {
          refusal.resolve(JSON.parse(body) as Readonly<Record<string, unknown>>);
          resolve(response.statusCode ?? 0);
        });
      });
      socket.on("close", (code, reason) => {
        refusal.resolve({ code: reason.toString("utf8") });
        resolve(code);
      });
    });
    socket.on("error", () => {
      // The close that follows says it.
    });
    socket.on("message", (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as ControllerMessage);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    const pings = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, pingEveryMs);
    socket.on("close", () => {
      clearInterval(pings);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  send(message: AgentMessage): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string | Buffer): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Resolves with the first message from `from` on that is of the kind and passes; rejects when the link ends first. */
  async next<K extends ControllerMessage["kind"]>(
    kind: K,
    passes: (message: Extract<ControllerMessage, { kind: K }>) => boolean = () => true,
    from = 0,
  ): Promise<Extract<ControllerMessage, { kind: K }>> {
    for (let index = from; ; index++) {
      while (index >= this.messages.length) {
        if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`ended without ${kind}`);
        await new Promise<void>((wake) => this.#waiting.push(wake));
      }
      const message = this.messages[index];
      if (message?.kind !== kind) continue;
      const found = message as Extract<ControllerMessage, { kind: K }>;
      if (passes(found)) return found;
    }
  }
}

const deviceEpoch = "a".repeat(32);

/** Returns the greeting of a member. */
export function helloOf(member: Member, epoch = deviceEpoch): AgentMessage {
  return {
    kind: "hello",
    capability: 1,
    agentVersion: "0.1.0",
    os: "linux",
    arch: "x64",
    hostname: "host",
    role: member.id.startsWith("gw_") ? "gateway" : "device",
    bootId: "00000000-0000-4000-8000-000000000000",
    nowAt: Date.now(),
    wgPublicKey: member.wgPublicKey,
    configVersion: 0,
    epoch,
    seq: { last: 0, ackedByMe: 0 },
  };
}

/** Returns an event of a known value. */
export function eventOf(
  seq: number,
  signal: string,
  value: SignalValue,
  epoch = deviceEpoch,
): PostureEvent {
  return {
    epoch,
    seq,
    bootId: "00000000-0000-4000-8000-000000000000",
    ageMs: 0,
    fact: factOf(signal, { kind: "known", value }) as PostureEvent["fact"],
    prev: "0".repeat(64),
  };
}

/** What was said with each key, so that its chain goes on from report to report. */
const saidBy = new WeakMap<KeyObject, Said>();

/** A report signed as the agent signs it, by any key. */
export function reportOf(
  key: KeyObject,
  ...events: readonly PostureEvent[]
): Extract<AgentMessage, { kind: "report" }> {
  const said = saidBy.get(key) ?? new Map<string, string>();
  saidBy.set(key, said);
  const linked = chain(events, said);
  const head = sha256Hex(eventText(linked.at(-1) ?? {}));
  const signature = sign("sha256", Buffer.from(head), { key, dsaEncoding: "ieee-p1363" });
  const sig = signature.toString("base64url");
  return { kind: "report", batchId: "b", events: linked, head, sig };
}

/** Returns a beat that confirms the facts. */
export function beatOf(facts: Readonly<Record<string, SignalValue>>, seq: number): AgentMessage {
  const readings = Object.entries(facts).map(([signal, value]) => ({
    signal,
    reading: { kind: "known", value } as const,
  }));
  const factsDigest = sha256Hex(factsText(readings));
  const checkedAgeMs = { hot: 0, warm: 0, cold: 0 };
  return { kind: "beat", epoch: deviceEpoch, seq, factsDigest, checkedAgeMs };
}

/** Connects and says hello; resolves after the welcome. */
export async function link(
  controller: ControllerUnderTest,
  member: Member,
  options: ConnectOptions = {},
): Promise<RawLink> {
  const raw = new RawLink(controller, member, options);
  await raw.opened;
  raw.send(helloOf(member));
  await raw.next("welcome");
  return raw;
}

/** Reads a JWS without checking it. */
export function payloadOf(jws: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
}

/** Answers every grants and snapshot message of a gateway's link as a gateway does. */
export function answerGrants(raw: RawLink): void {
  const done = { result: "ok" as const, errors: [], tookMs: 1 };
  void (async () => {
    for (let index = 0; ; index++) {
      const message = await raw.next("grants", () => true, index).catch(() => null);
      if (message === null) return;
      index = raw.messages.indexOf(message, index);
      raw.send({ kind: "applied", what: "grants", ref: String(message.n), ...done });
    }
  })();
}

function tls(
  controller: ControllerUnderTest,
  client: Pick<Member, "key" | "chain"> | undefined,
): ConnectionOptions {
  return {
    ca: [controller.rootPem],
    minVersion: "TLSv1.3",
    checkServerIdentity: () => undefined,
    ...(client === undefined
      ? {}
      : {
          key: client.key.export({ type: "pkcs8", format: "pem" }),
          cert: client.chain.join("\n"),
        }),
  };
}
