/** `sallyport daemon`: joins the adapters to the loop and lives until it is told to stop. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { errorTable } from "#shared/base/errors.ts";
import type { AgentEvent } from "../core/event.ts";
import type { Role } from "../core/identity.ts";
import type { Start } from "../core/state.ts";
import { openClock } from "../io/clock.ts";
import { type Configuration, openConfiguration } from "../io/settings/configuration.ts";
import { watchSettings } from "../io/settings/settings-watch.ts";
import { sha256Hex } from "../io/digest.ts";
import { compileLittle, giveBackMemory } from "../io/frugal-engine.ts";
import { readHost } from "../io/host.ts";
import { readDraft, readIdentity } from "../io/identity/identity-file.ts";
import type { Surroundings } from "../io/identity/enrolment.ts";
import { openMembership, publicPart } from "../io/identity/membership.ts";
import { openControllerLink } from "../io/link/controller-link.ts";
import { isServed, openLocalApi } from "../io/local-api/local-api.ts";
import { readSeat } from "../io/local-api/seat.ts";
import { openLog } from "../io/log.ts";
import { firewallReads } from "../io/netd/firewall-reads.ts";
import { openNetd } from "../io/netd/netd-client.ts";
import { type Places, placesOf } from "../io/places.ts";
import { collectorCommand } from "../io/program-part.ts";
import { processEnds } from "../io/netd/process-ends.ts";
import { openCollectors } from "../io/posture/collectors.ts";
import { announceReady } from "../io/readiness.ts";
import { type FolderLock, openLock } from "../io/store/lock.ts";
import { openMemory, readOwner, readVerdict, readWish } from "../io/store/memory-file.ts";
import { openSentJournal } from "../io/store/sent-journal.ts";
import { openSpool, type OpenSpool } from "../io/store/spool.ts";
import type { Log } from "../ports.ts";
import type { Ports } from "../ports.ts";
import { runAgent } from "../run.ts";
import type { Dispatch } from "../run/carry-out.ts";
import { writeSettingProblems, writeTroubles } from "../run/transition-line.ts";

const collectorProgram = join(import.meta.dirname, "../collector/main.ts");

/** What `daemon` was asked; one that is `hosted` also stops at the end of its standard input. */
export interface DaemonOptions {
  readonly role: Role;
  readonly hosted?: boolean;
}

/** Runs the agent in a role until SIGTERM or SIGINT; returns the exit code. */
export async function daemon({ role, hosted }: DaemonOptions): Promise<number> {
  compileLittle();
  const places = placesOf(process.env);
  const read = openConfiguration(places, process.env, { keeps: true });
  const first = await read();
  const log = openLog(first.logLevel);
  endAtBug(log);
  process.umask(0o077);
  const lock = openLock(places.state);
  if (lock.missing !== null) await requireAlone(places);
  const folder = openFolder(places.state);
  const start = startOf(folder, lock, { host: readHost(role), settings: first.settings });
  writeTroubles(log, {}, start.warnings);
  writeSettingProblems(log, [], first.settings.problems);
  const clock = openClock();
  const late = lateDispatch();
  const localApi = await openLocalApi(places.agentSocket, late.dispatch, readSeat);
  let ports: Ports | null = null;
  const owner = { now: first };
  const agent = runAgent(start, { digest: sha256Hex, clock }, (dispatch) => {
    late.open(dispatch);
    ports = openPorts({ places, folder, start, owner, base: { clock, log, localApi } }, dispatch);
    return ports;
  });
  lock.onChange((error) => {
    if (error !== null) endOfAnother(log, error);
    agent.dispatch({ kind: "trouble", topic: "lock", error: null });
  });
  const unwatch = watchSettings({
    first,
    read,
    changed: (configuration) => {
      owner.now = configuration;
      log.setLevel(configuration.logLevel);
      agent.dispatch({ kind: "settingsRead", settings: configuration.settings });
    },
  });
  log.write("info", "agent ready", { role, enrolled: start.identity !== null });
  const stopped = hosted === true ? Promise.race([stopSignal(), endOfInput()]) : stopSignal();
  const unannounced = await announceReady(process.env);
  if (unannounced !== null) log.write("warn", "start not announced", { why: unannounced });
  const calm = role === "device" ? setTimeout(giveBackMemory, calmMs) : undefined;
  const signal = await stopped;
  clearTimeout(calm);
  log.write("info", "agent stopping", { signal });
  unwatch();
  agent.stop();
  await closeAll(ports);
  lock.release();
  return 0;
}

/** Enrolment, first looks and the first verdict are over by then. */
const calmMs = 60_000;

/** What the state folder held. */
interface Folder {
  readonly identity: ReturnType<typeof readIdentity>;
  readonly draft: ReturnType<typeof readDraft>;
  readonly wish: ReturnType<typeof readWish>;
  readonly owner: ReturnType<typeof readOwner>;
  readonly verdict: ReturnType<typeof readVerdict>;
  readonly spool: OpenSpool;
}

function openFolder(directory: string): Folder {
  return {
    identity: readIdentity(directory),
    draft: readDraft(directory),
    wish: readWish(directory),
    owner: readOwner(directory),
    verdict: readVerdict(directory),
    spool: openSpool(join(directory, "spool.db")),
  };
}

function startOf(folder: Folder, lock: FolderLock, known: Pick<Start, "host" | "settings">): Start {
  const { identity, draft, wish, owner, verdict, spool } = folder;
  return {
    ...known,
    identity: identity.content === null ? null : publicPart(identity.content),
    enrolling: draft.content !== null,
    enrollingManaged: draft.content?.managed === true,
    wish: wish.wish,
    owner: owner.owner,
    recalled: verdict.recalled,
    epoch: randomBytes(16).toString("hex"),
    spool: spool.content,
    warnings: troubles({
      identity: identity.trouble,
      enrolment: draft.trouble,
      state: wish.trouble ?? owner.trouble ?? verdict.trouble,
      spool: spool.trouble,
      lock: lock.missing,
    }),
  };
}

interface Parts {
  readonly places: Places;
  readonly folder: Folder;
  readonly start: Start;
  /** What its owner wants now; replaced when the settings change. */
  readonly owner: { readonly now: Configuration };
  readonly base: Pick<Ports, "clock" | "log" | "localApi">;
}

function openPorts({ places, folder, start, owner, base }: Parts, dispatch: Dispatch): Ports {
  const trouble = (topic: string) => (error: ErrorRef | null) =>
    dispatch({ kind: "trouble", topic, error });
  const netd = openNetd(places.netdSocket, dispatch);
  const sent = openSentJournal(join(places.state, "sent"), {
    now: Date.now,
    failed: (why) => base.log.write("warn", "sent message not noted", { why }),
  });
  const around: Surroundings = {
    directory: places.state,
    host: start.host,
    netd,
    told: (message) => sent.note(message),
    get proxy() {
      return owner.now.proxy;
    },
    get door() {
      return owner.now.door;
    },
  };
  const { membership, credentials } = openMembership(folder.identity.content, around, {
    told: trouble("identityDisk"),
  });
  folder.spool.onTrouble(trouble("spoolDisk"));
  return {
    ...base,
    netd,
    membership,
    spool: folder.spool.spool,
    link: openControllerLink({ credentials, dispatch, trouble: trouble("portal") }),
    memory: openMemory(places.state, {
      wish: trouble("state"),
      owner: trouble("owner"),
      verdict: trouble("verdict"),
    }),
    sent,
    collectors: openCollectors(start.host.os, {
      reads: firewallReads(netd),
      tellEnds: processEnds(netd),
      collector: collectorCommand(collectorProgram, places.state),
      agentVersion: start.host.agentVersion,
      log: base.log,
    }),
  };
}

/** Without a lock, a daemon that answers in our place is how another one shows; throws SP-303. */
async function requireAlone({ state, agentSocket }: Places): Promise<void> {
  if (await isServed(agentSocket)) {
    throw new CodedError("SP-303", { pid: "unknown", directory: state });
  }
}

/** Ends a daemon that went without a lock, and then found another one to have it. */
function endOfAnother(log: Log, { code, params }: ErrorRef): never {
  log.write("error", "agent ends", { code, ...params });
  process.exit(errorTable[code].exit);
}

/** A broken promise ends the process, which is started again; what it held closed stays closed. */
function endAtBug(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.write("error", "agent failed", { code: "SP-901", why: error.message, stack: error.stack });
    process.exit(70);
  });
}

/** Keeps what adapters tell before the loop runs, and hands it over in order. */
function lateDispatch(): { dispatch: Dispatch; open(to: Dispatch): void } {
  let target: Dispatch | null = null;
  const early: AgentEvent[] = [];
  return {
    dispatch: (event) => {
      if (target === null) early.push(event);
      else target(event);
    },
    open: (to) => {
      target = to;
      for (const event of early) to(event);
    },
  };
}

async function closeAll(ports: Ports | null): Promise<void> {
  if (ports === null) return;
  await ports.localApi.close();
  await ports.collectors.close();
  ports.netd.close();
  await ports.spool.close();
  await ports.sent.close();
}

function stopSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  return promise;
}

/** How a host tells us to stop where there are no signals. */
function endOfInput(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  process.stdin.on("end", () => resolve("end of input"));
  // A host that is gone wants nothing of us any more.
  process.stdin.on("error", () => resolve("end of input"));
  process.stdin.resume();
  return promise;
}

function troubles(found: Readonly<Record<string, ErrorRef | null>>): Record<string, ErrorRef> {
  const warnings: Record<string, ErrorRef> = {};
  for (const [topic, error] of Object.entries(found)) {
    if (error !== null) warnings[topic] = error;
  }
  return warnings;
}
