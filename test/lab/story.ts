// The main job, told and measured: enrol, connect, reach a private page, lose it when the firewall
// opens, get it back. Every figure is measured here; what was not reached stays null.
import { monotonicMs } from "./clock.ts";
import { LabFailure } from "./command.ts";
import { closeFlows, cutByFirewall, flowsMove, openFlows, restoreByFirewall } from "./cutoff.ts";
import { usualEveryMs } from "./flow.ts";
import { askFromLaptop, startLabNetwork, type LabNetwork } from "./lab-network.ts";
import { ask } from "./line-client.ts";
import { patience } from "./patience.ts";
import { roundMs } from "./phases.ts";
import { emptyFindings, type Failure, type Findings, type StepTime } from "./report.ts";
import { ms, type Teller } from "./tell.ts";
import { address } from "./topology.ts";
import {
  createKey,
  enrol,
  startController,
  startGateway,
  startLaptop,
  waitForState,
  wireguardOf,
  type World,
} from "./world.ts";

/** Where it runs, and whom it tells. */
export interface StoryOptions {
  readonly folder: string;
  readonly rootless: boolean;
  readonly teller: Teller;
}

/** What was found, and whether it came to its end. */
export interface StoryEnd {
  readonly findings: Findings;
  readonly failed?: Failure;
}

const everyText = usualEveryMs === 1 ? "millisecond" : `${usualEveryMs} ms`;
const hosts = [address.resource4, address.resource6];

/** Tells it to the end or to the first failure; the caller ends the container. */
export class Story {
  readonly #options: StoryOptions;
  readonly #steps: StepTime[] = [];
  #findings: Findings;
  #world: Partial<World> = {};
  #now = "start";

  constructor(options: StoryOptions) {
    this.#options = options;
    this.#findings = emptyFindings(options.rootless);
  }

  /** Name of the step that runs or failed. */
  get now(): string {
    return this.#now;
  }

  async tell(): Promise<StoryEnd> {
    let failed: Failure | undefined;
    try {
      await this.#chapters();
    } catch (cause) {
      failed = this.#failure(cause);
    }
    await this.#countLeaks();
    const findings = { ...this.#findings, steps: this.#steps };
    return { findings, ...(failed === undefined ? {} : { failed }) };
  }

  /** Lets the outside reach the console of what the story built. */
  async openConsole(): Promise<string> {
    const { controller } = this.#world;
    if (controller === undefined) throw new Error("the story has no controller");
    return controller.openConsole();
  }

  async #chapters(): Promise<void> {
    const { folder } = this.#options;
    const network = await this.#step(
      "network",
      "The network comes up: five namespaces, IPv4 and IPv6",
      () => startLabNetwork(`${folder}/logs`),
    );
    this.#world = { network };
    await this.#step(
      "control",
      "Without Sallyport the laptop asks for the wiki: the impostor answers",
      () => this.#control(network),
    );
    const controller = await this.#step(
      "controller",
      "The controller starts, with one site, wiki and rule",
      () => startController(folder),
    );
    this.#world = { network, controller };
    const gateway = await this.#step("gateway", "The gateway enrols and is approved", () =>
      startGateway(folder, controller),
    );
    this.#world = { network, controller, gateway };
    const laptop = await this.#step("laptop", "The laptop's programs start", () =>
      startLaptop(folder),
    );
    const world = { network, controller, gateway, laptop };
    this.#world = world;
    const key = await createKey(controller, "device");
    await this.#step("enrol", "The laptop enrols with a key", () => this.#enrol(world, key));
    await this.#step("tunnel", "The tunnel comes up", () => this.#connect(world));
    await this.#step(
      "reach",
      "The wiki answers through the tunnel; public addresses go past it",
      () => this.#reach(world),
    );
    await this.#step(
      "flows",
      `TCP and UDP flows run both ways, IPv4 and IPv6, a record each ${everyText}`,
      () => openFlows(world, hosts),
    );
    await this.#step("cut", "The laptop's firewall is opened: the flows end", () =>
      this.#cut(world),
    );
    await this.#step("restore", "The firewall is closed again: the wiki returns", () =>
      this.#restore(world),
    );
  }

  async #control(network: LabNetwork): Promise<void> {
    for (const host of hosts) {
      const answers = await askFromLaptop(network, host);
      const all = answers.tcp === "impostor" && answers.udp === "impostor" && answers.ping;
      if (!all)
        throw new LabFailure("control", `the impostor was silent: ${JSON.stringify(answers)}`);
    }
    await network.leaks.settle();
    const seen = await network.leaks.read();
    if (seen.byCounter === 0 || seen.byCapture === 0) {
      throw new LabFailure("control", "a leak made on purpose was not counted");
    }
    await network.leaks.reset();
    const controls = { ...this.#findings.controls, impostorAnswersWithoutGuard: true };
    this.#findings = { ...this.#findings, controls };
    this.#options.teller.detail(`TCP, UDP and ping; both counters saw it (${seen.leaked} packets)`);
  }

  async #enrol(world: World, key: string): Promise<void> {
    const { startedAtMs, returnedAtMs } = await enrol(world.laptop, key);
    this.#findings = { ...this.#findings, enrolMs: roundMs(returnedAtMs - startedAtMs) };
    this.#options.teller.detail(
      `${ms(returnedAtMs - startedAtMs)}, its first certificate included`,
    );
  }

  async #connect(world: World): Promise<void> {
    const { startedAtMs, returnedAtMs } = await waitForState(world.laptop, "connected");
    const tunnelUpMs = roundMs(returnedAtMs - startedAtMs);
    this.#findings = { ...this.#findings, tunnelUpMs, wireguard: wireguardOf(world) };
  }

  async #reach(world: World): Promise<void> {
    for (const host of hosts) {
      const page = await ask(world.network.client, {
        verb: "fetch",
        host,
        timeoutMs: patience(10_000),
      });
      if (page["body"] !== "resource") {
        throw new LabFailure("reach", `${host} answered ${JSON.stringify(page["body"])}`);
      }
      if (host === address.resource4) {
        const firstByteMs = roundMs(Number(page["firstByteAtMs"]) - Number(page["startedAtMs"]));
        this.#findings = { ...this.#findings, firstByteMs };
        this.#options.teller.detail(`first byte after ${ms(firstByteMs)}`);
      }
    }
    for (const host of [address.public4, address.public6]) {
      const { tcp } = await askFromLaptop(world.network, host);
      if (tcp !== "impostor") throw new LabFailure("reach", `public ${host} did not answer`);
    }
    const neighbour = await askFromLaptop(world.network, address.neighbour4);
    if (neighbour.tcp !== null || neighbour.udp !== null || neighbour.ping) {
      throw new LabFailure(
        "reach",
        `a host without a grant answered: ${JSON.stringify(neighbour)}`,
      );
    }
    this.#options.teller.detail("its neighbour on the LAN, which no rule names, does not");
  }

  async #cut(world: World): Promise<void> {
    const cut = await cutByFirewall(world, hosts);
    const cutoffMs = { tcp: cut.tcpMs, udp: cut.udpMs };
    const { controls } = this.#findings;
    this.#findings = {
      ...this.#findings,
      cutoffMs,
      phasesMs: cut.phases,
      cutEnds: cut.ends,
      controls: { ...controls, flowAliveBeforeCut: cut.aliveBefore },
    };
    this.#options.teller.detail(
      `last TCP byte after ${ms(cut.tcpMs)}, last UDP byte after ${ms(cut.udpMs)}`,
    );
  }

  async #restore(world: World): Promise<void> {
    const restoreMs = await restoreByFirewall(world, address.resource4);
    this.#findings = { ...this.#findings, restoreMs };
    await closeFlows(world, hosts);
    await openFlows(world, hosts);
    if (!(await flowsMove(world, hosts)))
      throw new LabFailure("restore", "the flows did not return");
    await closeFlows(world, hosts);
    this.#options.teller.detail(`a page after ${ms(restoreMs)}; new flows run`);
  }

  async #countLeaks(): Promise<void> {
    if (this.#world.network === undefined) return;
    const { leaked, tunnel, examples } = await this.#world.network.leaks.read();
    const controls = { ...this.#findings.controls, capturedTunnelPackets: tunnel };
    this.#findings = { ...this.#findings, leakedPackets: leaked, controls };
    for (const example of examples) this.#options.teller.detail(`leaked ${example}`);
  }

  async #step<T>(name: string, title: string, act: () => Promise<T>): Promise<T> {
    this.#now = name;
    this.#options.teller.step(title);
    const startedAtMs = monotonicMs();
    const result = await act();
    this.#steps.push({ name, ms: roundMs(monotonicMs() - startedAtMs) });
    return result;
  }

  #failure(cause: unknown): Failure {
    if (cause instanceof LabFailure) {
      return { step: this.#now, code: cause.code, detail: cause.message };
    }
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { step: this.#now, code: "bug", detail };
  }
}
