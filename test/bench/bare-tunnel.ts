// WireGuard alone on a path: the same wireguard-go as in netd, on a plain TUN, with plain routes and
// the address translation that any gateway needs whose resources do not know the way back.
import { join } from "node:path";
import nacl from "tweetnacl";
import { mustRunNow } from "../lab/command.ts";
import { Program, type LogLine } from "../lab/program.ts";
import { nativeProgramPath, programPath } from "../lab/program-path.ts";
import type { BenchDevice } from "./bench-signer.ts";
import { endpoint, lanPrefix, type End, type TunnelPath } from "./tunnel-path.ts";

const link = "bare0";
const deviceAddress = "100.96.1.2/32";

const masquerade = `table ip nat { chain postrouting {
  type nat hook postrouting priority srcnat; iifname "${link}" masquerade
}; }
`;

/** What the firewall of any system holds: replies to what was begun here, and WireGuard. */
const usualFirewall = `table inet usual {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lo" accept
    meta l4proto { icmp, ipv6-icmp } accept
    udp dport 51820 accept
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "${link}" accept
  }
}
`;

/** Returns once both ends run; `firewall` gives each the usual one, which tracks connections. */
export async function startBareTunnel(
  path: TunnelPath,
  { logs, firewall = false }: { readonly logs: string; readonly firewall?: boolean },
): Promise<void> {
  const device = nacl.box.keyPair();
  const gateway = nacl.box.keyPair();
  const preshared = nacl.randomBytes(32);
  await start(path, "gateway", logs, [
    `private_key=${hex(gateway.secretKey)}`,
    "listen_port=51820",
    `public_key=${hex(device.publicKey)}`,
    `preshared_key=${hex(preshared)}`,
    `allowed_ip=${deviceAddress}`,
  ]);
  await start(path, "device", logs, [
    `private_key=${hex(device.secretKey)}`,
    `public_key=${hex(gateway.publicKey)}`,
    `preshared_key=${hex(preshared)}`,
    `endpoint=${endpoint}`,
    `allowed_ip=${lanPrefix}`,
  ]);
  path.ip("gateway", `link set ${link} up`);
  path.ip("gateway", `route add ${deviceAddress} dev ${link}`);
  load(path, "gateway", masquerade);
  for (const end of firewall ? (["device", "gateway"] as const) : [])
    load(path, end, usualFirewall);
  path.ip("device", `addr add ${deviceAddress} dev ${link}`);
  path.ip("device", `link set ${link} up`);
  path.ip("device", `route add ${lanPrefix} dev ${link}`);
}

/** What WireGuard alone needs for as many peers: the floor of any load. */
export async function loadBarePeers(
  path: TunnelPath,
  logs: string,
  devices: readonly BenchDevice[],
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const program = run(path, "gateway", { name: "bare1", logs }, [
    `private_key=${hex(nacl.box.keyPair().secretKey)}`,
    ...devices.flatMap(({ publicKey, addresses }) => [
      `public_key=${Buffer.from(publicKey, "base64").toString("hex")}`,
      `preshared_key=${hex(nacl.randomBytes(32))}`,
      ...addresses.map((address) => `allowed_ip=${address}`),
    ]),
  ]);
  const line = await program.waitFor(isUp, { deadlineMs: 60_000 });
  await program.kill();
  return { ms: Number(line["configuredMs"]), cpuMs: Number(line["processorMs"]) };
}

function load(path: TunnelPath, end: End, ruleset: string): void {
  mustRunNow(path.inside(end, [programPath("nft"), "-f", "-"]), { input: ruleset });
}

async function start(path: TunnelPath, end: End, logs: string, lines: readonly string[]) {
  await run(path, end, { name: link, logs }, lines).waitFor(isUp, { deadlineMs: 15_000 });
}

function run(
  path: TunnelPath,
  end: End,
  { name, logs }: { readonly name: string; readonly logs: string },
  lines: readonly string[],
): Program {
  return new Program({
    name: `${path.name} ${end} ${name}`,
    argv: path.inside(end, [nativeProgramPath("sallyport-lab-wireguard"), name]),
    logFile: join(logs, `${path.name}-${end}-${name}.log`),
    input: `${lines.join("\n")}\n`,
  });
}

function isUp(line: LogLine): boolean {
  return line["message"] === "wireguard runs";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
