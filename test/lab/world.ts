// The whole lab: the network of lab-network.ts with a controller, a gateway and a laptop that really
// enrol. Story and tests drive it; nothing in here measures.
import { LabFailure, type CommandResult } from "./command.ts";
import { ControllerHost } from "./controller-host.ts";
import {
  docsResource,
  groupName,
  network as lanResource,
  policy,
  site,
  siteName,
  vaultResource,
  wikiResource,
} from "./documents.ts";
import { Installation, type MachinePrograms, placesOf, type Role } from "./installation.ts";
import type { LabNetwork } from "./lab-network.ts";
import { patience } from "./patience.ts";
import { programPath } from "./program-path.ts";
import { address, type NamespaceName } from "./topology.ts";

/** Everything that runs, once all of it does. */
export interface World {
  readonly network: LabNetwork;
  readonly controller: ControllerHost;
  readonly gateway: Installation;
  readonly laptop: Installation;
}

const wireguardPort = 51_820;

/** What a bench or a test wants otherwise than the story. */
export interface WorldOptions {
  readonly leaseSeconds?: number;
  readonly serveArguments?: readonly string[];
  /** What runs on the laptop in place of this clone's sources. */
  readonly laptopPrograms?: MachinePrograms;
}

/** Makes the controller with its site, resource and policy, and starts it. */
export async function startController(
  folder: string,
  options: WorldOptions = {},
): Promise<ControllerHost> {
  const controller = new ControllerHost(placesOf(folder, "controller"), options.serveArguments);
  await controller.init();
  await controller.start();
  await controller.apply("site", site);
  await controller.apply("resource", lanResource);
  await controller.apply("resource", wikiResource(options.leaseSeconds ?? 120));
  await controller.apply("resource", docsResource);
  await controller.apply("resource", vaultResource);
  await controller.apply("policy", policy);
  return controller;
}

/** Which gateway, and where devices find it. */
export interface GatewayPlace {
  readonly namespace: NamespaceName;
  readonly host: string;
  /** The site of the story, unless another one is named. */
  readonly site?: string;
}

/** A gateway that serves the site: enrolled with a one-use key, approved by the administrator. */
export async function startGateway(
  folder: string,
  controller: ControllerHost,
  place: GatewayPlace = { namespace: "gateway", host: address.gateway4 },
): Promise<Installation> {
  const { namespace, host, site: served = siteName } = place;
  const gateway = new Installation(namespace, "gateway", placesOf(folder, namespace));
  await gateway.start();
  const key = await createKey(controller, "gateway", namespace, served);
  const since = controller.program.mark();
  const approved = pendingGateway(controller, since).then(async (id) => {
    await controller.ask(["device", "approve", id]);
    return id;
  });
  const [id] = await Promise.all([approved, enrol(gateway, key)]);
  const endpoints = [`${host}:${wireguardPort}`];
  await controller.apply("gateway", `name: ${id}\nendpoints: ${JSON.stringify(endpoints)}\n`);
  return gateway;
}

/** Starts netd and agent on the laptop, not yet enrolled. */
export async function startLaptop(
  folder: string,
  programs?: MachinePrograms,
): Promise<Installation> {
  const laptop = new Installation("laptop", "device", placesOf(folder, "laptop"), programs);
  await laptop.start();
  return laptop;
}

/** The whole of it, up to a laptop that says it is connected. */
export async function connectedWorld(
  folder: string,
  network: LabNetwork,
  options: WorldOptions = {},
): Promise<World> {
  const controller = await startController(folder, options);
  const gateway = await startGateway(folder, controller);
  const laptop = await startLaptop(folder, options.laptopPrograms);
  await enrol(laptop, await createKey(controller, "device"));
  await waitForState(laptop, "connected");
  return { network, controller, gateway, laptop };
}

/** An enrolment key as the administrator gets it; never on a command line. */
export async function createKey(
  controller: ControllerHost,
  role: Role,
  who: string = role,
  served: string = siteName,
): Promise<string> {
  const which = role === "gateway" ? ["--site", served] : ["--group", groupName];
  const name = `lab-${who}`;
  const made = await controller.ask([
    "enrol-key",
    "create",
    "--name",
    name,
    "--role",
    role,
    ...which,
  ]);
  return String(made["key"]);
}

/** Hands the key to the machine's root by stdin and waits for the end of the command. */
export async function enrol(machine: Installation, key: string): Promise<CommandResult> {
  const result = await machine.cli(["enroll", "--key-file", "-", "--json"], `${key}\n`);
  return mustSucceed(machine, "enroll", result);
}

/** Waits until the machine's agent says it is in this state. */
export async function waitForState(
  machine: Installation,
  state: string,
  timeoutSeconds = 90,
): Promise<CommandResult> {
  const args = ["status", "--wait", state, "--timeout", `${patience(timeoutSeconds)}s`, "--json"];
  return mustSucceed(machine, args.join(" "), await machine.cli(args));
}

/** Kernel WireGuard shows itself as a link kind; the embedded one is a TUN device. */
export function wireguardOf(world: World): "kernel" | "userspace" {
  const shown = world.laptop.command([programPath("ip"), "-details", "link", "show", "sp0"]);
  return shown.stdout.includes("wireguard") ? "kernel" : "userspace";
}

function mustSucceed(machine: Installation, what: string, result: CommandResult): CommandResult {
  if (result.exitCode === 0) return result;
  const words = `${result.stdout.trim()} ${result.stderr.trim()}`.trim().slice(-1_000);
  throw new LabFailure(
    "sallyport",
    `${machine.namespace}: ${what} ended with ${result.exitCode}: ${words}`,
  );
}

/** The id of the gateway that asks to be let in; the controller logs it when it asks. */
async function pendingGateway(controller: ControllerHost, since: number): Promise<string> {
  const line = await controller.program.waitFor((l) => l["message"] === "enrolment pending", {
    deadlineMs: 90_000,
    since,
  });
  return String(line["id"]);
}
