/**
 * Composes a controller from its adapters and runs it until a signal: lock, store, keys, agents'
 * port, admin API, metrics. What was opened is closed in the reverse order, also when a start fails.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Cidr } from "#shared/net/cidr.ts";
import { makeAnalyst } from "../io/analysis/analyst.ts";
import { makeOwnAddress } from "../io/api/own-address.ts";
import { openApi } from "../io/api/server.ts";
import { type ApiTls, tlsOfAuthority, tlsOfFiles } from "../io/api/tls.ts";
import { openDecisionLog, plainText } from "../io/audit/decision-log.ts";
import { makeAuthority } from "../io/authority/authority.ts";
import { makeClock } from "../io/clock/clock.ts";
import { type DirectoryLock, lockDirectory } from "../io/directory/directory-lock.ts";
import { lostStore } from "../io/directory/lost-store.ts";
import type { Places } from "../io/directory/places.ts";
import { type GeographyOptions, openGeography } from "../io/geography/geography.ts";
import { makeHub } from "../io/hub/hub.ts";
import { makeCrypto } from "../io/keys/crypto.ts";
import { readKeyFile } from "../io/keys/key-file.ts";
import { makeKeyKeeper } from "../io/keys/key-keeper.ts";
import { openKeyRing } from "../io/keys/key-ring.ts";
import { makeSealing } from "../io/keys/sealing.ts";
import { makeSigner } from "../io/keys/signer.ts";
import type { LogLevel } from "../io/log/log-level.ts";
import { makeLog } from "../io/log/log.ts";
import { watchSetBack } from "../io/clock/set-back.ts";
import { watchLoopLag } from "../io/metrics/loop-lag.ts";
import { openMetricsPort } from "../io/metrics/metrics-port.ts";
import { readConsoleFiles } from "../io/console/console-files.ts";
import { makeMetrics, type MetricsRegistry } from "../io/metrics/registry.ts";
import { certificatePin } from "../io/pki/authority.ts";
import { makePasskeyDesk } from "../io/passkey/passkey-desk.ts";
import { makeOutwardFetch } from "../io/sign-in/outward-fetch.ts";
import { makeSignInDesk } from "../io/sign-in/sign-in-desk.ts";
import { makeSignInTickets } from "../io/sign-in/tickets.ts";
import { makeCoreStore } from "../io/store/core-store.ts";
import { announceReady } from "../io/readiness/readiness.ts";
import { watchDiskSpace } from "../io/store/disk-space.ts";
import { makeEnrolmentStore } from "../io/store/enrolment-store.ts";
import { startRetention } from "../io/store/retention.ts";
import { openStore, type StoreThreads } from "../io/store/store-threads.ts";
import type { Authority } from "../ports/authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { controllerCommit, controllerVersion } from "../io/version.ts";
import { startController } from "../run.ts";
import { followName } from "../io/door/own-name.ts";
import { makeRoomWait } from "./room-wait.ts";
import { storedSettings, type StoredSettings } from "./settings.ts";
import { startWithRoom } from "./start-with-room.ts";

/** Where a controller listens and what it works on. */
export interface ServeOptions {
  readonly places: Places;
  readonly agents: { readonly host: string; readonly port: number };
  readonly api: { readonly host: string; readonly port: number };
  /** As people open the console, where that is not this host by name. */
  readonly consoleUrl?: string | undefined;
  /** Prefixes of ours in which the identity provider may be. */
  readonly identityProviderNets?: readonly Cidr[] | undefined;
  /** Absent: plain HTTP, on loopback alone. */
  readonly apiTls?: "own" | { readonly certificate: string; readonly key: string } | undefined;
  readonly metricsPort: number;
  readonly geography?: GeographyOptions | undefined;
  readonly logLevel: LogLevel;
  readonly reopenHold?: { readonly firstMs: number; readonly maxMs: number } | undefined;
}

/** Where `npm start` and `npm test` leave the built console. */
const consoleFolder = join(import.meta.dirname, "../../.build/console");

/** A controller that serves; ports are those bound. */
export interface ServingController {
  readonly agentsPort: number;
  readonly apiPort: number;
  readonly metricsPort: number;
  /** Resolves with why when it cannot go on; it must be stopped and started anew. */
  readonly broken: Promise<CodedError>;
  /** Drains links (4503), finishes writes and lets the folder go. */
  stop(): Promise<void>;
}

type Closers = (() => void | Promise<void>)[];

/** Starts a controller; throws SP-303 when another serves the folder, SP-802 when there is none. */
export async function startServing(options: ServeOptions): Promise<ServingController> {
  const lock = lockPlaces(options);
  try {
    const serving = await startLocked(options);
    const stop = async () => {
      await serving.stop();
      lock.release();
    };
    return { ...serving, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockPlaces(options: ServeOptions): DirectoryLock {
  const { places } = options;
  refuseOpenApi(options);
  if (!existsSync(places.database)) {
    throw noController(places, "there is no store");
  }
  return lockDirectory(places.directory);
}

async function startLocked(options: ServeOptions): Promise<ServingController> {
  const closers: Closers = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const ground = await openGround(options, closers);
    return { ...(await openPorts(options, ground, closers)), stop };
  } catch (error) {
    await stop();
    throw portRefusal(error) ?? error;
  }
}

/** No token and no session crosses a network in clear; over TLS the console has a name. */
function refuseOpenApi({ api: { host }, apiTls, consoleUrl }: ServeOptions): void {
  if (host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return;
  if (apiTls === undefined) {
    const how = "give it a certificate (--api-certificate and --api-key, or --api-own-certificate)";
    const why = `without TLS the admin API listens on loopback only, not on \`${host}\`: ${how}`;
    throw new CodedError("SP-703", { why });
  }
  if (consoleUrl?.startsWith("https:") === true) return;
  const why = "name the console as people open it: `--console-url https://host:port`";
  throw new CodedError("SP-703", { why });
}

/** A port that cannot be had is the host's matter, not a bug of ours. */
function portRefusal(error: unknown): CodedError | null {
  const { syscall, code, port, address } = (error ?? {}) as NodeJS.ErrnoException & {
    readonly port?: number;
    readonly address?: string;
  };
  if (syscall !== "listen") return null;
  const why = code ?? "unknown";
  return new CodedError("SP-809", { address: `${address}:${port}`, why }, { cause: error });
}

type Ground = Awaited<ReturnType<typeof openGround>>;

/** Logs, store and keys: all that a controller is before anybody can reach it. */
async function openGround(options: ServeOptions, closers: Closers) {
  const { places } = options;
  const clock = makeClock();
  const log = makeLog({ level: options.logLevel, clock });
  const metrics = makeMetrics();
  const buildInfo = { version: controllerVersion, commit: controllerCommit() };
  metrics.gauge("sallyport_build_info", buildInfo, 1);
  const sealing = makeSealing(readKeyFile(places.keyFile));
  const threads = await openStore(places.database, {
    metrics,
    audited: (entries) =>
      decisionLog.append(
        entries.map((body) => ({ kind: "audit" as const, body: plainText(body) })),
      ),
  });
  closers.push(() => threads.close());
  const settings = await readSettings(threads, places);
  const keys = openKeyRing(sealing, await threads.read("key.list", undefined));
  const decisionLog = openDecisionLog({
    directory: places.decisionLog,
    clock,
    auditKey: keys.audit,
    checkpointed: (checkpoint) => log.info("decision log checkpoint", { ...checkpoint }),
  });
  // Closed after the store, whose last writes it still takes.
  closers.unshift(() => decisionLog.close());
  const disk = await watchDiskSpace(places.directory, { clock, log });
  const stopRetention = startRetention({
    store: threads,
    decisionLog: places.decisionLog,
    clock,
    log,
  });
  closers.push(() => disk.stop(), stopRetention);
  const ownName = await followName(settings.controller.url, { clock, log });
  closers.push(() => ownName.stop());
  return { disk, clock, log, metrics, sealing, decisionLog, threads, settings, keys, ownName };
}

/** Where agents find the controller. */
function controllersOf({ settings, ownName }: Ground) {
  return {
    controllers: [agentUrl(settings.controller.url)],
    addresses: ownName.addresses(),
  };
}

async function openPorts(options: ServeOptions, ground: Ground, closers: Closers) {
  const { disk, clock, log, metrics, sealing, decisionLog, threads, settings, keys } = ground;
  const authority = await makeAuthority({
    settings: { trustDomain: settings.trustDomain, ...settings.controller },
    keys,
    store: threads,
    clock,
    metrics,
  });
  const geography = options.geography ?? { files: [], pins: [], egress: [] };
  const signIn = signInOf(options, ground);
  const running = await startController({
    signInPages: signIn.tickets,
    geography: openGeography(geography, log),
    clock,
    crypto: makeCrypto(),
    signer: makeSigner(keys),
    store: makeCoreStore({ threads, sealing, log: decisionLog, clock, disk }),
    enrolmentStore: makeEnrolmentStore(threads, sealing, clock),
    signingKeys: makeKeyKeeper({ objects: keys.objects, sealing, store: threads, clock }),
    authority,
    hub: makeHub({ ...options.agents, authority, clock, log }),
    metrics,
    log,
    settings: { ...controllersOf(ground), reopenHold: options.reopenHold },
  });
  ground.ownName.tell((addresses) => running.moveDoors(addresses));
  closers.push(() => running.stop());
  const analyst = makeAnalyst(options.places.database);
  closers.push(() => analyst.close());
  const api = await openApi(
    {
      store: threads,
      sealing,
      signIn,
      control: running.control,
      keys: running.keys,
      desk: running.desk,
      fleet: running.fleet,
      analyst,
      console: readConsoleFiles(consoleFolder),
      cutoffs: () => cutoffsOf(metrics),
      lastCut: (device) => running.lastCut(device),
      clock,
      log,
      network: settings.network,
      agentsUrl: settings.controller.url,
      rootPin: await certificatePin(settings.controller.rootPem),
      rootPem: settings.controller.rootPem,
      trustDomain: settings.trustDomain,
    },
    { ...options.api, tls: tlsOf(options, { authority, clock }) },
  );
  closers.push(() => api.close());
  const metricsPort = await openMetricsPort({
    port: options.metricsPort,
    metrics,
    ready: () => threads.healthy() && !disk.low(),
  });
  closers.push(() => metricsPort.close(), watchLoopLag(clock, metrics));
  const ports = {
    agentsPort: running.agentsPort,
    apiPort: api.port,
    metricsPort: metricsPort.port,
  };
  log.info("controller ready", ports);
  return { ...ports, broken: brokenOf(ground, closers) };
}

function brokenOf({ clock, threads }: Ground, closers: Closers): Promise<CodedError> {
  const watch = watchSetBack(clock);
  closers.push(() => watch.stop());
  return Promise.race([
    threads.broken.then(() => new CodedError("SP-901", { why: "a store thread ended" })),
    // What is due by the former time would come late: open accesses must not live on by that.
    watch.setBack.then((ms) => new CodedError("SP-811", { seconds: Math.round(ms / 1000) })),
  ]);
}

function signInOf(options: ServeOptions, { threads: store, sealing, clock }: Ground) {
  const outward = makeOutwardFetch(options.identityProviderNets ?? []);
  const secure = options.apiTls !== undefined;
  const address = makeOwnAddress({ origin: options.consoleUrl, secure });
  return {
    address,
    passkeys: makePasskeyDesk(clock, () => address.origin()),
    tickets: makeSignInTickets(clock, () => address.origin()),
    desk: makeSignInDesk({ store, sealing, outward, clock }),
  };
}

function tlsOf(
  { apiTls }: ServeOptions,
  { authority, clock }: { readonly authority: Authority; readonly clock: Clock },
): ApiTls | undefined {
  if (apiTls === undefined) return undefined;
  return apiTls === "own" ? tlsOfAuthority(authority, clock) : tlsOfFiles(apiTls);
}

/** Serves until SIGTERM or SIGINT; a second signal ends at once. Throws SP-811 or SP-901 when it cannot go on. */
export async function serve(options: ServeOptions): Promise<void> {
  const log = makeLog({ level: options.logLevel, clock: makeClock() });
  endOnBugs(log);
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, resolve);
  });
  const announce = announcer(log);
  const locks: DirectoryLock[] = [];
  const start = async () => {
    if (locks.length === 0) locks.push(lockPlaces(options));
    return startLocked(options);
  };
  try {
    const wait = makeRoomWait(options, { log, called: signalled, announce });
    const serving = await startWithRoom(start, wait);
    if (serving === null) {
      log.info("controller stopping", { signal: await signalled });
      return;
    }
    await announce();
    const cause = await Promise.race([signalled, serving.broken]);
    log.info("controller stopping", { signal: typeof cause === "string" ? cause : "none" });
    await serving.stop();
    if (typeof cause !== "string") throw cause;
  } catch (error) {
    throw portRefusal(error) ?? error;
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Returns what announces the start the first time it is called. */
function announcer(log: Log): () => Promise<void> {
  let announced = false;
  return async () => {
    if (announced) return;
    announced = true;
    const unannounced = await announceReady(process.env);
    if (unannounced !== null) log.warn("start not announced", { why: unannounced });
  };
}

/** What nobody caught leaves the state unknown: say so and end; leases close what stays unattended. */
function endOnBugs(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.error("controller failed", { code: "SP-901", why: error.message, stack: error.stack });
    process.exit(70);
  });
}

function cutoffsOf(metrics: MetricsRegistry) {
  const [name, labels] = ["sallyport_cutoff_seconds", { phase: "total" }] as const;
  const count = metrics.countOf(name, labels);
  const ms = (quantile: number) => {
    const seconds = metrics.quantileSeconds(name, labels, quantile);
    return seconds === null ? null : seconds * 1000;
  };
  return count === 0 ? null : { count, p50Ms: ms(0.5), p99Ms: ms(0.99) };
}

async function readSettings(
  threads: Pick<StoreThreads, "read">,
  places: Places,
): Promise<StoredSettings> {
  const settings = storedSettings.safeParse(await threads.read("setting.list", undefined));
  if (settings.success) return settings.data;
  throw noController(places, "its settings are not complete");
}

function noController(places: Places, why: string): CodedError {
  return lostStore(places) ?? new CodedError("SP-802", { directory: places.directory, why });
}

function agentUrl(controllerUrl: string): string {
  const url = new URL("/agent", controllerUrl);
  url.protocol = "wss:";
  return url.href;
}
