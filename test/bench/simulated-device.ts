// One further device of a bench: joins with a key, keeps its mTLS link, reports its facts and beats,
// as the agent does, but has no tunnel and no collectors: all its facts are made up and healthy.
import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  type KeyObject,
} from "node:crypto";
import nacl from "tweetnacl";
import { WebSocket } from "ws";
import { catalogue } from "#shared/posture/catalogue.ts";
import { eventText, noPrevious } from "#shared/posture/event-text.ts";
import { factsText } from "#shared/posture/facts-text.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";
import { capability, frameBytesMax, subprotocol } from "#shared/protocol/capability.ts";
import { enrolAnswer } from "#shared/protocol/enrolment.ts";
import { makeRequest } from "../../agent/io/identity/certificate-request.ts";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { tlsOptions } from "../../agent/io/link/server-identity.ts";
import { postFrom } from "./post-from.ts";

/** A device that joined, with its keys. */
export interface Member {
  readonly url: string;
  readonly rootPem: string;
  readonly key: KeyObject;
  readonly chain: readonly string[];
  readonly wgPublicKey: string;
  readonly hostname: string;
  readonly localAddress: string;
}

/** What happened on the link so far. */
export interface DeviceCounters {
  connected: boolean;
  acked: number;
  configs: number;
  closes: number;
  errors: number;
}

const beatEveryMs = 20_000;
const beatSpread = 0.2;

/** Joins with a one-use key from its own source address; throws with the controller's own words. */
export async function join(
  enrolmentKey: string,
  from: { readonly rootPem: string; readonly hostname: string; readonly localAddress: string },
): Promise<Member> {
  const { u, k, s } = parseEnrolmentKey(enrolmentKey);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wgPublicKey = Buffer.from(nacl.box.keyPair().publicKey).toString("base64");
  const device = { hostname: from.hostname, os: "linux", serials: [] };
  const body = { keyId: k, secret: s, csr: makeRequest(privateKey), wgPublicKey, device };
  const answer = await postFrom(new URL("/v1/enrol", u), body, from);
  if (answer.status !== 201) throw new Error(`enrol answered ${answer.status}: ${answer.text}`);
  const { chain, controllers } = enrolAnswer.parse(JSON.parse(answer.text));
  return { ...from, url: controllers[0] ?? "", key: privateKey, chain, wgPublicKey };
}

/** Owns one link; it does not come back by itself. */
export class SimulatedDevice {
  readonly counters: DeviceCounters = {
    connected: false,
    acked: 0,
    configs: 0,
    closes: 0,
    errors: 0,
  };
  readonly #member: Member;
  readonly #epoch = randomBytes(16).toString("hex");
  readonly #bootId = randomUUID();
  readonly #facts: readonly Fact[] = healthyFacts();
  #socket: WebSocket | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Resolves when the first report was acknowledged as durable. */
  connect(): Promise<void> {
    const { rootPem, key, chain, url, localAddress } = this.#member;
    const socket = new WebSocket(url, subprotocol, {
      ...tlsOptions({ rootPem, client: { key, chain } }),
      localAddress,
      maxPayload: frameBytesMax,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.on("open", () => this.#send(this.#hello()));
      socket.on("message", (data: Buffer) => this.#take(JSON.parse(data.toString()), resolve));
      socket.on("error", reject);
      socket.on("close", (code) => {
        clearTimeout(this.#beat);
        this.counters.connected = false;
        this.counters.closes += 1;
        reject(new Error(`closed with ${code}`));
      });
    });
  }

  close(): void {
    this.#socket?.terminate();
  }

  #take(message: Readonly<Record<string, unknown>>, acked: () => void): void {
    switch (message["kind"]) {
      case "welcome":
        this.counters.connected = true;
        this.#send(this.#report());
        this.#beatLater();
        return;
      case "ack":
        this.counters.acked = Number(message["seq"]);
        if (this.counters.acked >= this.#facts.length) acked();
        return;
      case "config":
        this.counters.configs += 1;
        this.#confirm(String(message["jws"]));
        return;
      case "error":
        this.counters.errors += 1;
        return;
      default:
    }
  }

  #confirm(jws: string): void {
    const payload = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString();
    const { version } = JSON.parse(payload) as { version: number };
    const ref = String(version);
    const done = { result: "ok", errors: [], tookMs: 1, kernelAtAgeMs: 0 };
    this.#send({ kind: "applied", what: "config", ref, ...done });
  }

  #hello(): object {
    return {
      kind: "hello",
      capability,
      agentVersion: "0.1.0",
      os: "linux",
      arch: "x64",
      hostname: this.#member.hostname,
      role: "device",
      bootId: this.#bootId,
      nowAt: Date.now(),
      wgPublicKey: this.#member.wgPublicKey,
      configVersion: 0,
      epoch: this.#epoch,
      seq: { last: this.#facts.length, ackedByMe: 0 },
    };
  }

  #report(): object {
    let prev = noPrevious;
    const events = this.#facts.map((fact, i) => {
      const named = { epoch: this.#epoch, seq: i + 1, bootId: this.#bootId };
      const event = { ...named, ageMs: 0, fact, prev };
      prev = sha256Hex(eventText(event));
      return event;
    });
    const signature = sign("sha256", Buffer.from(prev, "ascii"), {
      key: this.#member.key,
      dsaEncoding: "ieee-p1363",
    });
    const sig = signature.toString("base64url");
    return { kind: "report", batchId: this.#epoch.slice(0, 8), events, head: prev, sig };
  }

  #beatLater(): void {
    const spread = 1 - beatSpread + 2 * beatSpread * Math.random();
    this.#beat = setTimeout(() => {
      const factsDigest = sha256Hex(factsText(this.#facts));
      const checkedAgeMs = { hot: 0, warm: 0, cold: 0 };
      const seq = this.#facts.length;
      this.#send({ kind: "beat", epoch: this.#epoch, seq, factsDigest, checkedAgeMs });
      this.#beatLater();
    }, beatEveryMs * spread);
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** A healthy value for every signal whose type has an obvious one; the others are unknown. */
function healthyFacts(): readonly Fact[] {
  return catalogue.map((entry) => ({
    signal: entry.signal,
    reading: healthyReading(entry.type),
    observedAt: Date.now(),
    freshForMs: entry.freshForMs,
    source: "os",
    collector: "simulated",
    collectorVersion: 1,
    evidence: { sha256: sha256Hex(entry.signal), bytes: entry.signal.length, tookMs: 1 },
  }));
}

function healthyReading(type: string): Reading {
  if (type === "bool") return { kind: "known", value: true };
  if (type === "int") return { kind: "known", value: 0 };
  return { kind: "unknown", reason: "no_data" };
}

function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
