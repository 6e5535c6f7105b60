// Many simulated devices in one process, as a program of the lab: joins them a few at a time, keeps
// their links, tells how many live. Runs beside the internet, each device with an address of its own.
import { readFileSync } from "node:fs";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { probeRoot } from "../../agent/io/link/root-probe.ts";
import { serveLines, write, type LineRequest } from "../lab/line-server.ts";
import { join, SimulatedDevice } from "./simulated-device.ts";

const atOnce = 16;
const perSubnet = 250;

const devices: SimulatedDevice[] = [];
const failures: string[] = [];

/** Source addresses from 10.9.0.1 on; the namespace has a local route for all of them. */
function addressOf(index: number): string {
  return `10.9.${Math.floor(index / perSubnet)}.${(index % perSubnet) + 1}`;
}

async function addDevice(key: string, rootPem: string, index: number): Promise<void> {
  const localAddress = addressOf(index);
  try {
    const member = await join(key, { rootPem, hostname: `simulated-${index}`, localAddress });
    const device = new SimulatedDevice(member);
    await device.connect();
    devices.push(device);
  } catch (cause) {
    failures.push(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Takes a file with one enrolment key per line; answers when every key was tried. */
async function fill(message: LineRequest): Promise<object> {
  const keys = readFileSync(String(message["file"]), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const first = parseEnrolmentKey(keys[0] ?? "");
  const rootPem = await probeRoot(first.u, first.p);
  const offset = Number(message["offset"] ?? 0);
  const indexes = keys.keys();
  const worker = async () => {
    for (const index of indexes) {
      await addDevice(keys[index] ?? "", rootPem, offset + index);
      if ((index + 1) % 100 === 0) write({ message: "fleet grows", connected: devices.length });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return report();
}

function report(): object {
  const total = (read: (device: SimulatedDevice) => number) =>
    devices.reduce((sum, device) => sum + read(device), 0);
  return {
    connected: devices.filter(({ counters }) => counters.connected).length,
    configs: total(({ counters }) => counters.configs),
    closes: total(({ counters }) => counters.closes),
    errors: total(({ counters }) => counters.errors),
    failed: failures.length,
    firstFailures: failures.slice(0, 3),
  };
}

serveLines({ fill, report });
write({ message: "listening" });
