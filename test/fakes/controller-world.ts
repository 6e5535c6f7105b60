/** A controller core with a site, a gateway, devices and one policy, driven by hand at a time of its own. */
import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { eventText, noPrevious } from "#shared/posture/event-text.ts";
import { factsText } from "#shared/posture/facts-text.ts";
import type { Fact, Reading, SignalValue } from "#shared/posture/fact.ts";
import { entryOf } from "#shared/posture/catalogue.ts";
import { makeId } from "#shared/base/id.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import { defaultReopenHold } from "../../controller/core/access/flap.ts";
import type { Context } from "../../controller/core/context.ts";
import { transition } from "../../controller/core/controller.ts";
import type { Effect } from "../../controller/core/effect.ts";
import type { ControllerEvent } from "../../controller/core/event.ts";
import { openState } from "../../controller/core/open-state.ts";
import type {
  DeviceRecord,
  GatewayRecord,
  PolicyRecord,
  ResourceRecord,
} from "../../controller/core/record.ts";
import type { StoredState } from "../../controller/core/row.ts";
import type { ControllerState } from "../../controller/core/state.ts";

/** The instant at which every test of the core begins. */
export const startAt = 1_800_000_000_000;
/** The spool of the device. */
export const epoch = "e".repeat(32);
const bytes = (value: number) => new Uint8Array(10).fill(value);
const key = (letter: string) => `${letter.repeat(42)}A=`;
/** Digest as the real port makes it. */
export const sha256Hex = (text: string) => createHash("sha256").update(text).digest("hex");

/** The records that every test knows. */
export const ids = {
  site: makeId("sit", 1, bytes(1)),
  gateway: makeId("gw", 1, bytes(2)),
  device: makeId("dev", 1, bytes(3)),
  wiki: makeId("res", 1, bytes(4)),
  vault: makeId("res", 1, bytes(5)),
};

/** A laptop that joined. */
export const deviceRecord: DeviceRecord = {
  id: ids.device,
  name: "laptop",
  role: "device",
  status: "active",
  groups: ["staff"],
  tags: [],
  os: "linux",
  serials: [],
  wgPublicKey: key("d"),
  address4: "100.96.1.1",
  address6: "fd00::101",
  enrolKey: "ek",
  level: 0,
  lastSeenAt: 0,
  spkiHex: "aa",
};

/** A gateway that was approved. */
export const gatewayRecord: GatewayRecord = {
  id: ids.gateway,
  name: "gate",
  role: "gateway",
  site: ids.site,
  priority: 50,
  status: "active",
  endpoints: ["192.0.2.1:51820"],
  wgPublicKey: key("g"),
  address4: "100.96.0.1",
  address6: "fd00::1",
  spkiHex: "bb",
  pskSecret: "p".repeat(43),
  listenPort: 51_820,
  lan: "auto",
};

/** Returns a resource of the site with one target. */
export function resourceRecord(id: string, name: string, cidr: string): ResourceRecord {
  return {
    id,
    name,
    site: ids.site,
    targets: [{ cidr, proto: "tcp", ports: ["443"] }],
    tags: [],
    sensitivity: "normal",
    protected: true,
    leaseSeconds: 120,
    offlineToleranceSeconds: 900,
    serverToDevice: false,
    source: "api",
  };
}

/** `wiki` wants the firewall, `vault` the disk encrypted too. */
const policyText = `policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {firewall.enabled: {is: true}}}
  - {id: vault, effect: allow, subjects: {groups: [staff]}, resources: {names: [vault]}, when: {all: [{firewall.enabled: {is: true}}, {disk.encrypted: {is: true}}]}}
`;

/** Returns the set in force, of this text. */
export function policyRecord(text: string = policyText): PolicyRecord {
  const parsed = parseDocument("policy.yaml", `apiVersion: sallyport/v1\n${text}`);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.errors));
  const body = canonicalJson([parsed.document] as unknown as Json);
  return { version: sha256Hex(body), body };
}

/** Returns what the store would load at a start. */
export function storedState(changes: Partial<StoredState> = {}): StoredState {
  return {
    trustDomain: "example.test",
    epoch: "f".repeat(32),
    network: { pool4: "100.96.0.0/16", pool6: "fd00::/48", mtu: 1420, extraProtected: [] },
    sites: [{ id: ids.site, name: "office", forwarding: "snat", resolvers: [] }],
    gateways: [gatewayRecord],
    devices: [deviceRecord],
    resources: [
      resourceRecord(ids.wiki, "wiki", "10.0.0.1/32"),
      resourceRecord(ids.vault, "vault", "10.0.0.2/32"),
    ],
    policy: policyRecord(),
    facts: [],
    grants: [],
    intel: null,
    ledgers: [],
    requests: [],
    sightings: [],
    baselines: [],
    ...changes,
  };
}

/** What the world's hands hold: effects of the last event, and everything sent so far. */
export interface World {
  readonly state: ControllerState;
  now: number;
  take(event: ControllerEvent): readonly Effect[];
  /** Takes an event and carries every write that somebody waits for to the disk at once. */
  takeDurably(event: ControllerEvent): readonly Effect[];
  advance(ms: number): readonly Effect[];
}

/** Returns a core with time, effects and links at hand. */
export function makeWorld(stored: StoredState = storedState()): World {
  let counter = 0;
  const context: Context = {
    sha256Hex,
    newId: (prefix, now) => makeId(prefix, Math.floor(now), idBytes(++counter)),
    presharedKey: (secret, publicKey) => `${secret} ${publicKey}`,
    wireguardThumbprint: (publicKey) => `thumb ${publicKey}`,
  };
  const doors = [{ endpoint: "10.0.0.1:8443", proto: "tcp" }] as const;
  const state = openState(stored, { doors, reopenHold: defaultReopenHold }, startAt);
  const said = new Map<string, Said>();
  const world: World = {
    state,
    now: startAt,
    take: (event) => {
      const sayer = event.kind === "received" ? identityOf(state, event.link) : "";
      const book = said.get(sayer) ?? new Map<string, string>();
      said.set(sayer, book);
      return transition(state, carriedOn(event, book), { now: world.now, context }).effects;
    },
    takeDurably(event) {
      const all: Effect[] = [];
      const line: ControllerEvent[] = [event];
      for (let next = line.shift(); next !== undefined; next = line.shift()) {
        const effects = world.take(next);
        all.push(...effects);
        for (const effect of effects) {
          if (effect.kind !== "write" || effect.token === null) continue;
          line.push({ kind: "written", token: effect.token, conflicts: [] });
        }
      }
      return all;
    },
    advance(ms) {
      world.now += ms;
      return world.takeDurably({ kind: "tick" });
    },
  };
  return world;
}

function identityOf(state: ControllerState, link: number): string {
  const held = [...state.devices.values(), ...state.gateways.values()];
  return held.find((one) => one.link?.id === link)?.record.id ?? "";
}

function idBytes(value: number): Uint8Array {
  const out = new Uint8Array(10);
  new DataView(out.buffer).setUint32(6, value);
  return out;
}

/** Opens a link and says nothing on it. */
export function open(world: World, link: number, id: string, address = "198.51.100.1") {
  const role = id.startsWith("gw") ? "gateway" : "device";
  const identity = {
    role,
    id,
    certificateEndsAt: world.now + 86_400_000,
    remoteAddress: address,
  } as const;
  return world.takeDurably({ kind: "linkOpened", link, identity, place: null });
}

/** Returns the greeting of a device or gateway. */
export function hello(id: string): Extract<AgentMessage, { kind: "hello" }> {
  const role = id.startsWith("gw") ? "gateway" : "device";
  return {
    kind: "hello",
    capability: 1,
    agentVersion: "0.1.0",
    os: "linux",
    arch: "x64",
    hostname: "host",
    role,
    bootId: "00000000-0000-4000-8000-000000000000",
    nowAt: startAt,
    wgPublicKey: role === "device" ? deviceRecord.wgPublicKey : gatewayRecord.wgPublicKey,
    configVersion: 0,
    epoch,
    seq: { last: 0, ackedByMe: 0 },
  };
}

/** Hands one message of a link to the core; returns the effects. */
export function say(world: World, link: number, message: AgentMessage): readonly Effect[] {
  return world.takeDurably({ kind: "received", link, message, signed: true });
}

/** Opens a link and greets. */
export function connect(world: World, link: number, id: string): readonly Effect[] {
  const held = world.state.devices.get(id) ?? world.state.gateways.get(id);
  const wgPublicKey = held?.record.wgPublicKey ?? "";
  return [...open(world, link, id), ...say(world, link, { ...hello(id), wgPublicKey })];
}

/** Returns a fresh fact. */
export function factOf(signal: string, reading: Reading): Fact {
  return {
    signal,
    reading,
    observedAt: startAt,
    freshForMs: entryOf(signal)?.freshForMs ?? 1_000,
    source: "os",
    collector: "test",
    collectorVersion: 1,
    evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 1 },
  };
}

/** Returns an event of a known value. */
export function eventOf(seq: number, signal: string, value: SignalValue, ageMs = 0): PostureEvent {
  return {
    epoch,
    seq,
    bootId: "00000000-0000-4000-8000-000000000000",
    ageMs,
    fact: factOf(signal, { kind: "known", value }) as PostureEvent["fact"],
    prev: noPrevious,
  };
}

/** Digests of what an agent has said, by epoch and number. */
export type Said = Map<string, string>;

/** Links each event to the one before it by its digest, as an agent does, across its reports. */
export function chain(events: readonly PostureEvent[], said: Said = new Map()): PostureEvent[] {
  return events.map((event) => {
    const prev = said.get(`${event.epoch} ${event.seq - 1}`) ?? event.prev;
    const linked = { ...event, prev };
    said.set(`${event.epoch} ${event.seq}`, sha256Hex(eventText(linked)));
    return linked;
  });
}

/** Goes on with the chain where a report's first event leaves open what it follows. */
function carriedOn(event: ControllerEvent, said: Said): ControllerEvent {
  if (event.kind !== "received" || event.message.kind !== "report") return event;
  const { events } = event.message;
  const [first] = events;
  const former = first && said.get(`${first.epoch} ${first.seq - 1}`);
  if (former === undefined || first?.prev !== noPrevious) {
    for (const one of events) said.set(`${one.epoch} ${one.seq}`, sha256Hex(eventText(one)));
    return event;
  }
  const linked = chain(events, said);
  const head = sha256Hex(eventText(linked.at(-1) ?? {}));
  return { ...event, message: { ...event.message, events: linked, head } };
}

/** Returns a signed report of the events. */
export function reportOf(
  ...events: readonly PostureEvent[]
): Extract<AgentMessage, { kind: "report" }> {
  const linked = chain(events);
  const head = sha256Hex(eventText(linked.at(-1) ?? {}));
  return { kind: "report", batchId: "b", events: linked, head, sig: "" };
}

/** Returns a beat that confirms the facts. */
export function beatOf(
  facts: Readonly<Record<string, SignalValue>>,
  seq = 2,
): Extract<AgentMessage, { kind: "beat" }> {
  const readings = Object.entries(facts).map(
    ([signal, value]) => [signal, { kind: "known", value }] as const,
  );
  return {
    kind: "beat",
    epoch,
    seq,
    factsDigest: sha256Hex(factsText(readings.map(([signal, reading]) => ({ signal, reading })))),
    checkedAgeMs: { hot: 0, warm: 0, cold: 0 },
  };
}

/** A world in which gateway (link 1) and device (link 2) are here and `wiki` and `vault` are open. */
export function openWorld(stored?: StoredState): World {
  const world = makeWorld(stored);
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, "firewall.enabled", true), eventOf(2, "disk.encrypted", true)));
  say(world, 2, beatOf(goodFacts));
  applyGrants(world);
  return world;
}

/** What the usual rule asks for. */
export const goodFacts = { "firewall.enabled": true, "disk.encrypted": true };

/** The gateway confirms all that it holds. */
export function applyGrants(world: World): readonly Effect[] {
  const jtis = [...(world.state.gateways.get(ids.gateway)?.holders.keys() ?? [])];
  return world.takeDurably({ kind: "grantsApplied", link: 1, jtis, result: "ok" });
}

/** Effects of one kind. */
export function only<K extends Effect["kind"]>(
  effects: readonly Effect[],
  kind: K,
): readonly Extract<Effect, { kind: K }>[] {
  return effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}
