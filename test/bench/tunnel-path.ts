// One path of the data-plane bench, in namespaces of its own, so that several stand beside each other
// with the same addresses:
//
//   device 192.0.2.1 ──── 192.0.2.2 gateway 10.50.0.1 ──── 10.50.0.10 resource
import { join } from "node:path";
import { mustRunNow, run } from "../lab/command.ts";
import { Program } from "../lab/program.ts";
import { nativeProgramPath, programPath } from "../lab/program-path.ts";

/** The three machines in a row. */
export type End = "device" | "gateway" | "resource";

/** Where the gateway listens. */
export const endpoint = "192.0.2.2:51820";
/** The network behind the gateway. */
export const lanPrefix = "10.50.0.0/24";
const target = "10.50.0.10:9000";

/** Owns the namespaces and the server behind the gateway. */
export class TunnelPath {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    for (const end of ["device", "gateway", "resource"] as const) {
      mustRunNow([programPath("ip"), "netns", "add", `${name}-${end}`]);
      this.ip(end, "link set lo up");
    }
    this.#wire(["device", "gateway"], "wan0", "192.0.2", 2);
    this.#wire(["gateway", "resource"], "lan0", "10.50.0", 10);
    this.ip("resource", "route add default via 10.50.0.1");
    const setting = [programPath("tee"), "/proc/sys/net/ipv4/ip_forward"];
    mustRunNow(this.inside("gateway", setting), { input: "1" });
  }

  /** The argv that runs a command at one end. */
  inside(end: End, argv: readonly string[]): readonly string[] {
    return [programPath("nsenter"), `--net=/run/netns/${this.name}-${end}`, "--", ...argv];
  }

  /** Runs one line of `ip` at one end. */
  ip(end: End, line: string): void {
    const namespace = `${this.name}-${end}`;
    mustRunNow([programPath("ip"), "-netns", namespace, ...line.split(" ")]);
  }

  /** Starts what answers the loads; returns once it listens. */
  async serve(logs: string): Promise<void> {
    const server = new Program({
      name: `${this.name} server`,
      argv: this.inside("resource", [nativeProgramPath("sallyport-lab-traffic"), "serve", target]),
      logFile: join(logs, `${this.name}-server.log`),
    });
    await server.waitFor((line) => line["message"] === "listening", { deadlineMs: 15_000 });
  }

  /** One TCP stream through the tunnel, as it arrived. */
  async bulk(seconds: number): Promise<number> {
    const { bytes, seconds: took } = await this.#load("bulk", seconds);
    return ((bytes ?? 0) * 8) / 1e6 / took;
  }

  /** Datagrams of 64 bytes there and back, 256 under way; per second. */
  async small(seconds: number): Promise<number> {
    const { packets, seconds: took } = await this.#load("small", seconds);
    return (packets ?? 0) / took;
  }

  async #load(kind: "bulk" | "small", seconds: number) {
    const program = nativeProgramPath("sallyport-lab-traffic");
    const argv = this.inside("device", [program, kind, target, String(seconds)]);
    const { exitCode, stdout, stderr } = await run(argv, { deadlineMs: 60_000 });
    if (exitCode !== 0) throw new Error(`${this.name} ${kind}: ${stderr.trim()}`);
    return JSON.parse(stdout) as { bytes?: number; packets?: number; seconds: number };
  }

  /** The second end is `device` with `host` of the prefix; the first has 1 of it. */
  #wire([outer, inner]: readonly [End, End], device: string, prefix: string, host: number): void {
    const peer = `peer name ${device} netns ${this.name}-${inner}`;
    this.ip(outer, `link add ${device} type veth ${peer}`);
    this.ip(outer, `addr add ${prefix}.1/24 dev ${device}`);
    this.ip(inner, `addr add ${prefix}.${host}/24 dev ${device}`);
    this.ip(outer, `link set ${device} up`);
    this.ip(inner, `link set ${device} up`);
  }
}
