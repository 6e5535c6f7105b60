/** Reads which ports are open to the network. */
import { known, notParsed } from "#shared/posture/reading.ts";
import { openPorts } from "../../../core/posture/linux/ports.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";

/** The catalogue keeps sets to this many members; more open ports than this is no list any more. */
const portsMax = 256;

/** Returns the fact `ports.listening` of this process's network namespace. */
export async function collectPorts(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const read = async (name: string) => (await readIfThere(`/proc/self/net/${name}`)) ?? "";
  const [tcp, tcp6, udp, udp6] = await Promise.all(["tcp", "tcp6", "udp", "udp6"].map(read));
  const tables = { tcp: tcp ?? "", tcp6: tcp6 ?? "", udp: udp ?? "", udp6: udp6 ?? "" };
  const ports = tables.tcp === "" ? null : openPorts(tables);
  return observe(
    [["ports.listening", ports === null || ports.length > portsMax ? notParsed : known(ports)]],
    {
      collector: "ports",
      collectorVersion: 1,
      by: "os",
      text: (ports ?? []).join(" "),
      tookMs: performance.now() - startedAt,
    },
  );
}
