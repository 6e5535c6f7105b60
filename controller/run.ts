/**
 * The only loop of the controller: event → core → effects → ports. Events that arrive while one is
 * being carried out wait in line; the next deadline of the core is the only timer.
 */
import { makeIdSource } from "#shared/base/id-source.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import { transition, nextDeadline } from "./core/controller.ts";
import { defaultReopenHold, type ReopenHold } from "./core/access/flap.ts";
import type { Context } from "./core/context.ts";
import type { ControllerEvent } from "./core/event.ts";
import { openState } from "./core/open-state.ts";
import type { Door } from "./core/access/protection.ts";
import type { ControllerState } from "./core/state.ts";
import type { Authority } from "./ports/authority.ts";
import type { Clock } from "./ports/clock.ts";
import type { ControlPlane } from "./ports/control-plane.ts";
import type { Crypto } from "./ports/crypto.ts";
import type { EnrolmentStore } from "./ports/enrolment-store.ts";
import type { FleetView } from "./ports/fleet-view.ts";
import type { Geography } from "./ports/geography.ts";
import type { Hub } from "./ports/hub.ts";
import type { Log } from "./ports/log.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { PolicyDesk } from "./ports/policy-desk.ts";
import type { SignInPages } from "./ports/sign-in-pages.ts";
import type { Signer } from "./ports/signer.ts";
import type { KeyRotation, SigningKeys } from "./ports/signing-keys.ts";
import type { Store } from "./ports/store.ts";
import { carryOut, type CarryOutParts } from "./run/carry-out.ts";
import { makeControlPlane } from "./run/control-plane.ts";
import { type CutoffMeter, makeCutoffMeter } from "./run/cutoff-meter.ts";
import { makeKeyRotation } from "./run/key-rotation.ts";
import { makeTrustCourier, type TrustCourier } from "./run/trust-courier.ts";
import { type EnrolmentParts, makeRenewal } from "./run/enrolment.ts";
import { type LastCut, makeFleetView, type WatchedFleet } from "./run/fleet-view.ts";
import { makeCensus } from "./run/census.ts";
import { makeHubListener } from "./run/hub-listener.ts";
import { type Mailroom, makeMailroom } from "./run/mailroom.ts";
import { makePolicyDesk } from "./run/policy-desk.ts";
import { makeWriter, type Writer } from "./run/writer.ts";

/** Everything the controller is made of. */
export interface ControllerParts {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly signInPages: SignInPages;
  readonly store: Store;
  readonly enrolmentStore: EnrolmentStore;
  readonly signingKeys: SigningKeys;
  readonly authority: Authority;
  readonly hub: Hub;
  readonly geography: Geography;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: ControllerSettings;
}

/** What an operator sets; `controllers` are the wss URLs under which agents reach this controller. */
export interface ControllerSettings {
  readonly controllers: readonly string[];
  /** Where their names lead. */
  readonly addresses?: readonly string[];
  readonly retryAfterSeconds?: number | undefined;
  readonly reopenHold?: ReopenHold | undefined;
}

/** A running controller. */
export interface RunningController {
  readonly control: ControlPlane;
  readonly keys: KeyRotation;
  readonly desk: PolicyDesk;
  readonly fleet: FleetView;
  /** The newest time that a report of the device ended access, or null where none did in this run. */
  lastCut(device: string): LastCut | null;
  readonly agentsPort: number;
  /** The controllers' names lead elsewhere now. */
  moveDoors(addresses: readonly string[]): void;
  /** Closes links with 4503 and waits for writes under way. */
  stop(): Promise<void>;
}

const defaultRetrySeconds = 3;

/** Loads the state, opens the agents' port and runs until `stop`. */
export async function startController(parts: ControllerParts): Promise<RunningController> {
  const { clock, hub, settings } = parts;
  const stored = await parts.store.load();
  const doors = doorsOf(settings.controllers, settings.addresses ?? []);
  const reopenHold = settings.reopenHold ?? defaultReopenHold;
  const state = openState(stored, { doors, reopenHold }, clock.nowAt());
  const fleet = makeFleetView(state, clock);
  const loop = makeLoop({ ...parts, fleet }, state);
  const census = makeCensus(state, parts.metrics);
  const listener = makeHubListener({ ...parts, ...loop, state, census });
  const agentsPort = await hub.listen(listener);
  loop.dispatch({ kind: "tick" });
  const keys = makeKeyRotation({ ...parts, keys: parts.signingKeys, courier: loop.courier });
  return {
    keys,
    control: makeControlPlane(state, clock, loop.dispatch),
    desk: makePolicyDesk(state, clock),
    fleet: fleet.view,
    lastCut: (device) => fleet.lastCut(device),
    agentsPort,
    moveDoors(addresses) {
      loop.dispatch({ kind: "doorsMoved", doors: doorsOf(settings.controllers, addresses) });
    },
    async stop() {
      keys.stop();
      await hub.stop();
      loop.stop();
      await loop.writer.drain();
    },
  };
}

/** What reaches the loop and what it reaches by. */
export interface Loop {
  readonly dispatch: (event: ControllerEvent, cause?: EventCause) => void;
  readonly mailroom: Mailroom;
  readonly meter: CutoffMeter;
  readonly writer: Writer;
  readonly courier: TrustCourier;
  readonly enrolment: EnrolmentParts;
  readonly stop: () => void;
}

/** When an event came (monotonic, ms), and how old its facts were when they were sent. */
export interface EventCause {
  readonly receivedAtMs: number;
  readonly uplinkMs: number | null;
}

function makeLoop(
  parts: ControllerParts & { readonly fleet: WatchedFleet },
  state: ControllerState,
): Loop {
  const { clock, log, metrics, fleet } = parts;
  const context = contextOf(parts.crypto);
  const line: { event: ControllerEvent; cause: EventCause }[] = [];
  let running = false;
  const meter = makeCutoffMeter(metrics, fleet.removals);
  const step = (event: ControllerEvent, cause: EventCause): void => {
    fleet.before(event);
    const sender = senderOf(state, event);
    const { effects } = transition(state, event, { now: clock.nowAt(), context });
    const decidedAtMs = clock.monotonicMs();
    carryOut(hands, effects, { ...cause, decidedAtMs, sender });
    fleet.after(event, effects);
    if (cause.uplinkMs !== null) {
      const seconds = (decidedAtMs - cause.receivedAtMs) / 1000;
      metrics.observe("sallyport_decision_seconds", {}, seconds);
    }
    const kinds = effects.map(({ kind }) => kind);
    log.debug("transition", { event: event.kind, effects: kinds });
  };
  const dispatch = (event: ControllerEvent, cause?: EventCause): void => {
    line.push({ event, cause: cause ?? { receivedAtMs: clock.monotonicMs(), uplinkMs: null } });
    if (running) return;
    running = true;
    try {
      for (let next = line.shift(); next !== undefined; next = line.shift()) {
        runSafely(log, next.event, () => step(next.event, next.cause));
      }
    } finally {
      running = false;
    }
    alarmClock.set();
  };
  const alarmClock = makeAlarmClock(parts, state, () => dispatch({ kind: "tick" }));
  const writer = makeWriter({ ...parts, dispatch });
  const enrolment: EnrolmentParts = {
    ...parts,
    state,
    dispatch,
    store: parts.enrolmentStore,
    controllers: parts.settings.controllers,
    retryAfterSeconds: parts.settings.retryAfterSeconds ?? defaultRetrySeconds,
  };
  const mailroom = makeMailroom(parts.hub, parts.signer);
  const courier = makeTrustCourier({ ...parts, state, mailroom });
  const renew = (link: number, csr: string | undefined) =>
    void renewOn(enrolment, mailroom, { link, csr });
  const hands: CarryOutParts = { ...parts, mailroom, writer, meter, courier, renew };
  return {
    dispatch,
    mailroom,
    meter,
    writer,
    courier,
    enrolment,
    stop: () => alarmClock.stop(),
  };
}

function senderOf(state: ControllerState, event: ControllerEvent): string | null {
  if (event.kind !== "received") return null;
  return state.links.get(event.link)?.identity.id ?? null;
}

/** A bug that one event meets must not take the others' links down; it is logged as what it is. */
function runSafely(log: Log, event: ControllerEvent, run: () => void): void {
  try {
    run();
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error("transition failed", { code: "SP-901", event: event.kind, why });
  }
}

async function renewOn(
  parts: EnrolmentParts,
  mailroom: Mailroom,
  { link, csr }: { readonly link: number; readonly csr: string | undefined },
): Promise<void> {
  const identity = parts.state.links.get(link)?.identity;
  if (identity === undefined) return;
  try {
    const { chain, record } = await makeRenewal(parts)(identity, csr);
    const { notAfterAt } = record;
    const message: ControllerMessage = { kind: "certificate", chain: [...chain], notAfterAt };
    if (parts.state.links.has(link)) mailroom.post(link, { kind: "message", message }, false);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    parts.log.warn("certificate renewal failed", { identity: identity.id, why });
    if (!parts.state.links.has(link)) return;
    const code = error instanceof CodedError ? error.code : "SP-901";
    const message: ControllerMessage = {
      kind: "error",
      code,
      detail: why.slice(0, 512),
      re: "renew",
    };
    mailroom.post(link, { kind: "message", message }, false);
  }
}

interface AlarmClock {
  set(): void;
  stop(): void;
}

function makeAlarmClock(
  { clock, metrics }: Pick<ControllerParts, "clock" | "metrics">,
  state: ControllerState,
  ring: () => void,
): AlarmClock {
  let setFor = Infinity;
  let cancel = () => {};
  let stopped = false;
  return {
    set() {
      const due = nextDeadline(state)?.at ?? Infinity;
      if (stopped || due >= setFor) return;
      cancel();
      setFor = due;
      const dueAt = Math.max(due, clock.nowAt());
      cancel = clock.wake(dueAt - clock.nowAt(), () => {
        setFor = Infinity;
        const lagMs = Math.max(clock.nowAt() - dueAt, 0);
        metrics.observe("sallyport_loop_lag_seconds", {}, lagMs / 1000);
        ring();
      });
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function contextOf(crypto: Crypto): Context {
  const newId = makeIdSource((count) => crypto.randomBytes(count));
  return {
    sha256Hex: (text) => crypto.sha256Hex(text),
    newId: (prefix, now) => newId(prefix, Math.floor(now)),
    presharedKey: (secret, key) => crypto.presharedKey(secret, key),
    wireguardThumbprint: (key) => crypto.wireguardThumbprint(key),
  };
}

/** Each controller under its own host and under the addresses that it leads to. */
function doorsOf(urls: readonly string[], addresses: readonly string[]): readonly Door[] {
  return urls.flatMap((url) => {
    const { hostname, port } = new URL(url);
    const hosts = addresses.map((address) => (address.includes(":") ? `[${address}]` : address));
    return [hostname, ...hosts].map((host) => ({
      endpoint: `${host}:${port === "" ? "443" : port}`,
      proto: "tcp" as const,
    }));
  });
}
