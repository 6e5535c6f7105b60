// Two netds on a path, with everything signed that they ask for: the tunnel as customers have it.
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import nacl from "tweetnacl";
import { NetdLine, type Answer } from "../e2e/netd-line.ts";
import { monotonicMs } from "../lab/clock.ts";
import { Program } from "../lab/program.ts";
import { nativeProgramPath } from "../lab/program-path.ts";
import {
  benchDevice,
  expiryOf,
  identity,
  idOf,
  jtiOf,
  makeBenchSigner,
  paperDevice,
  type BenchSigner,
} from "./bench-signer.ts";
import { readProcess } from "./process-cost.ts";
import { endpoint, lanPrefix, type TunnelPath } from "./tunnel-path.ts";

/** How many peers a gateway holds, with how many resources each. */
export interface NetdTunnelOptions {
  readonly folder: string;
  /** Grants on the gateway, of which one belongs to the device that runs. */
  readonly peers: number;
  readonly resourcesPerPeer: number;
}

interface Netd {
  readonly program: Program;
  readonly line: NetdLine;
}

const protectedPrefixes = ["10.50.0.0/16"];
const grantsPerPart = 1_000;

/** Owns both processes; the load goes from the first part of the snapshot to the answer of the last. */
export class NetdTunnel {
  readonly wireguard: string;
  load = { ms: 0, cpuMs: 0 };
  readonly #gateway: Netd;
  readonly #signer: BenchSigner;
  readonly #options: NetdTunnelOptions;
  #version = 1;

  private constructor(parts: {
    gateway: Netd;
    wireguard: string;
    signer: BenchSigner;
    options: NetdTunnelOptions;
  }) {
    this.#gateway = parts.gateway;
    this.wireguard = parts.wireguard;
    this.#signer = parts.signer;
    this.#options = parts.options;
  }

  static async start(path: TunnelPath, options: NetdTunnelOptions): Promise<NetdTunnel> {
    const signer = await makeBenchSigner();
    const keys = { gateway: nacl.box.keyPair(), device: nacl.box.keyPair() };
    const gateway = await startNetd(path, "gateway", options.folder);
    const hello = await enrol(gateway, signer, identity.gateway, keys.gateway.secretKey);
    const wireguard = String(hello["wireguard"]);
    const tunnel = new NetdTunnel({ gateway, wireguard, signer, options });
    await tunnel.configure(options.resourcesPerPeer);
    const device = benchDevice(1, keys.device.publicKey);
    await tunnel.#load(device);
    const netd = await startNetd(path, "device", options.folder);
    await enrol(netd, signer, identity.device, keys.device.secretKey);
    const gatewayKey = Buffer.from(keys.gateway.publicKey).toString("base64");
    const jws = signer.config(identity.device, 1, deviceConfig(device, gatewayKey, signer));
    await must(netd, "config", { jws });
    await must(netd, "link", { up: true });
    return tunnel;
  }

  /** Process id of the gateway's netd. */
  get pid(): number {
    return this.#gateway.program.pid;
  }

  /** Gives the gateway a new config with this number of resources; the answer's time in ms. */
  async configure(resources: number): Promise<number> {
    const body = gatewayConfig(resources, this.#signer.pskSecret);
    const jws = this.#signer.config(identity.gateway, this.#version, body);
    this.#version += 1;
    const startedAtMs = monotonicMs();
    const answer = await must(this.#gateway, "config", { jws });
    const steps = answer["steps"] as { name: string; result: string; detail?: string }[];
    const failed = steps.find(({ result }) => result === "failed");
    if (failed !== undefined) throw new Error(`${failed.name}: ${failed.detail ?? ""}`);
    return monotonicMs() - startedAtMs;
  }

  /** Ends one grant; ms from the request to the kernel's commit. */
  async revoke(number: number): Promise<number> {
    const startedAtMs = monotonicMs();
    const answer = await must(this.#gateway, "grants", { add: [], remove: [jtiOf(number)] });
    return Number(answer["kernelAtMs"]) - startedAtMs;
  }

  async #load(first: ReturnType<typeof benchDevice>): Promise<void> {
    const { peers, resourcesPerPeer } = this.#options;
    const devices = [first];
    for (let number = 2; number <= peers; number += 1) devices.push(paperDevice(number));
    const grants = devices.map((device) => this.#signer.grant(device, resourcesPerPeer));
    const names = grants.map((jws, index) => `${jtiOf(index + 1)} ${expiryOf(jws)}\n`);
    const hash = createHash("sha256").update(names.sort().join("")).digest("hex");
    const parts = Math.ceil(grants.length / grantsPerPart);
    const before = readProcess(this.pid);
    // As the agent does: each part goes on as it comes, without waiting for an answer.
    const sent = Array.from({ length: parts }, (_, index) => {
      const slice = grants.slice(index * grantsPerPart, (index + 1) * grantsPerPart);
      const members = { epoch: "e1", part: index + 1, parts, hash, grants: slice };
      return must(this.#gateway, "snapshot", members);
    });
    await Promise.all(sent);
    const after = readProcess(this.pid);
    this.load = { ms: after.atMs - before.atMs, cpuMs: after.cpuMs - before.cpuMs };
  }
}

async function startNetd(
  path: TunnelPath,
  end: "device" | "gateway",
  folder: string,
): Promise<Netd> {
  const name = `${path.name}-${end}`;
  const run = `/run/lab/${name}`;
  const state = join(folder, name);
  for (const place of [run, state]) mkdirSync(place, { recursive: true, mode: 0o700 });
  const flags = ["--state-dir", state, "--run-dir", run];
  const program = new Program({
    name,
    argv: path.inside(end, [nativeProgramPath("sallyport-netd"), ...flags]),
    logFile: join(folder, "logs", `${name}.log`),
  });
  await program.waitFor((line) => line["message"] === "netd runs", { deadlineMs: 30_000 });
  return { program, line: new NetdLine({ places: { run } }) };
}

async function enrol(netd: Netd, signer: BenchSigner, aud: string, key: Uint8Array) {
  const hello = await must(netd, "hello", { protocol: 1, write: true });
  await must(netd, "pin", { p: signer.pin });
  await must(netd, "trust", { set: await signer.trust(aud) });
  await must(netd, "key", { privateKey: Buffer.from(key).toString("base64") });
  return hello;
}

async function must(netd: Netd, verb: string, members: object): Promise<Answer> {
  const answer = await netd.line.ask(verb, members);
  if (!answer.ok) throw new Error(`${verb}: ${JSON.stringify(answer.error)}`);
  return answer;
}

/** The first resource is what the loads use; each further one is another host. */
function gatewayConfig(resources: number, pskSecret: string): object {
  return {
    kind: "gateway",
    gateway: idOf("gw", 1),
    site: idOf("sit", 1),
    listenPort: 51_820,
    addresses: ["100.96.0.1/32", "fd96:1:2::1/128"],
    pools: ["100.96.0.0/16", "fd96:1:2::/48"],
    mtu: 1_420,
    lan: "auto",
    forwarding: { mode: "snat", v4: true, v6: true },
    resources: Array.from({ length: resources }, (_, index) => ({
      id: idOf("res", index + 1),
      name: `resource-${index + 1}`,
      targets: [
        { cidr: `10.50.${index >> 8}.${10 + (index & 127)}/32`, proto: "tcp", ports: ["9000"] },
        { cidr: `10.50.${index >> 8}.${10 + (index & 127)}/32`, proto: "udp", ports: ["9000"] },
      ],
    })),
    resolvers: [],
    maxStaleSeconds: 600,
    pskSecret,
  };
}

function deviceConfig(
  device: ReturnType<typeof benchDevice>,
  gatewayKey: string,
  signer: BenchSigner,
): object {
  return {
    kind: "tunnel",
    device: idOf("dev", 1),
    state: "open",
    addresses: device.addresses,
    mtu: 1_420,
    sites: [
      {
        site: idOf("sit", 1),
        routes: [lanPrefix],
        peers: [
          {
            gateway: idOf("gw", 1),
            publicKey: gatewayKey,
            presharedKey: signer.presharedKey(device.publicKey),
            endpoints: [endpoint],
            tunnelAddresses: ["100.96.0.1", "fd96:1:2::1"],
          },
        ],
      },
    ],
    protectedPrefixes,
    bypass: [],
    dns: { domains: [], upstream: "gateway" },
    keepaliveSeconds: 25,
    grantedUntilAt: Date.now() + 3_600_000,
  };
}
