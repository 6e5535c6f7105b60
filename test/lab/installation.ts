// One machine's Sallyport inside its namespace: netd and agent with their own folders, and the
// command line that people use there.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRunNow, run, type CommandResult } from "./command.ts";
import { Program } from "./program.ts";
import { clone, nativeProgramPath, nodePath } from "./program-path.ts";
import { inNamespace, lanPrefixes, type NamespaceName } from "./topology.ts";

/** Where one machine keeps what it keeps; sockets stand on a tmpfs, state on the disk. */
export interface Places {
  readonly state: string;
  readonly run: string;
  readonly logs: string;
}

/** What a machine of the lab runs as. */
export type Role = "device" | "gateway";

/** What is started for a machine; the clone's sources unless packaged files are named. */
export interface MachinePrograms {
  readonly agent: readonly string[];
  readonly netd: string;
}

/** The programs of this clone. */
const clonePrograms = (): MachinePrograms => ({
  agent: [nodePath, join(clone, "agent", "main.ts")],
  netd: nativeProgramPath("sallyport-netd"),
});

const readyDeadlineMs = 90_000;

/** Returns where the programs of a machine keep their files and sockets. */
export function placesOf(folder: string, namespace: NamespaceName): Places {
  const places = {
    state: join(folder, namespace, "state"),
    run: `/run/lab/${namespace}`,
    logs: join(folder, "logs"),
  };
  for (const path of Object.values(places)) mkdirSync(path, { recursive: true, mode: 0o700 });
  return places;
}

/** What the machine's owner allows at most; no message of the controller can lift it. */
function ceilingsOf(role: Role): string {
  const name = role === "device" ? "allowedPrefixes" : "servedPrefixes";
  return `ceilings:\n  ${name}: ${JSON.stringify(lanPrefixes)}\n`;
}

/** The environment of every Sallyport program of one machine. */
export function environmentOf(places: Places, own: string): Readonly<Record<string, string>> {
  return {
    SALLYPORT_STATE_DIR: join(places.state, own),
    SALLYPORT_RUN_DIR: places.run,
    SALLYPORT_CONFIG: join(places.state, "agent.yaml"),
    SALLYPORT_LOG_LEVEL: "info",
  };
}

/** Owns netd and agent of one machine; either can be killed and started again on its own. */
export class Installation {
  readonly namespace: NamespaceName;
  readonly role: Role;
  readonly places: Places;
  #programs: MachinePrograms;
  #netd: Program | undefined;
  #agent: Program | undefined;

  constructor(
    namespace: NamespaceName,
    role: Role,
    places: Places,
    programs: MachinePrograms = clonePrograms(),
  ) {
    this.#programs = programs;
    this.namespace = namespace;
    this.role = role;
    this.places = places;
  }

  get netd(): Program {
    if (this.#netd === undefined) throw new Error(`netd of ${this.namespace} was never started`);
    return this.#netd;
  }

  get agent(): Program {
    if (this.#agent === undefined) throw new Error(`agent of ${this.namespace} was never started`);
    return this.#agent;
  }

  async start(): Promise<void> {
    writeFileSync(join(this.places.state, "agent.yaml"), ceilingsOf(this.role), { mode: 0o644 });
    await this.startNetd();
    await this.startAgent();
  }

  /** What the next start of netd starts; the clone's own without a name. */
  useNetd(file = clonePrograms().netd): void {
    this.#programs = { ...this.#programs, netd: file };
  }

  /** As `agentAccount` says, another account than root may be its agent. */
  async startNetd(agentAccount?: string): Promise<void> {
    const account = agentAccount === undefined ? [] : ["--socket-user", agentAccount];
    const folders = ["--state-dir", join(this.places.state, "netd"), "--run-dir", this.places.run];
    this.#netd = this.#program("netd", [this.#programs.netd, ...folders, ...account]);
    await this.#netd.waitFor((line) => line["message"] === "netd runs", {
      deadlineMs: readyDeadlineMs,
    });
  }

  async startAgent(): Promise<void> {
    const argv = [...this.#programs.agent, "daemon", "--role", this.role];
    this.#agent = this.#program("agent", argv);
    await this.#agent.waitFor((line) => line["message"] === "agent ready", {
      deadlineMs: readyDeadlineMs,
    });
  }

  async stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#netd?.stop();
  }

  /** The `sallyport` command; root in this machine's namespace. */
  cli(args: readonly string[], input?: string): Promise<CommandResult> {
    const argv = [...this.#programs.agent, ...args];
    return run(inNamespace(this.namespace, argv), {
      env: environmentOf(this.places, "agent"),
      deadlineMs: 120_000,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** What the controller calls this machine. */
  async id(): Promise<string> {
    const { stdout } = await this.cli(["status", "--json"]);
    return (JSON.parse(stdout) as { device: { id: string } }).device.id;
  }

  /** Any command in this machine's namespace, blocking; a failure is a LabFailure. */
  command(argv: readonly string[], input?: string): CommandResult {
    return mustRunNow(inNamespace(this.namespace, argv), input === undefined ? {} : { input });
  }

  #program(name: string, argv: readonly string[]): Program {
    return new Program({
      name: `${this.namespace} ${name}`,
      argv: inNamespace(this.namespace, argv),
      logFile: join(this.places.logs, `${this.namespace}-${name}.log`),
      env: environmentOf(this.places, name),
    });
  }
}
