// Somebody at the laptop who asks without pause, and what the answers say of whoever gave them.
import { join } from "node:path";
import { ask } from "../lab/line-client.ts";
import { nodePath } from "../lab/program-path.ts";
import { Program } from "../lab/program.ts";
import { address, docsName, inNamespace, vaultName } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { tunnelAddress } from "./expectations.ts";
import { hosts } from "./shared-lab.ts";

/** What was asked and answered since the start. */
export interface Probed {
  readonly asked: number;
  /** By who answered for which host. */
  readonly answers: Readonly<Record<string, number>>;
}

/** Asks for hosts and names, granted or not, until it is stopped. */
export interface RestlessUser {
  readonly report: () => Promise<Probed>;
  readonly stop: () => Promise<void>;
}

/** Starts to ask from a laptop that is connected: its tunnel address answers names. */
export async function startRestlessUser(
  world: World,
  also: readonly string[] = [],
): Promise<RestlessUser> {
  const file = join(import.meta.dirname, "..", "lab", "probe-client.ts");
  const names = [docsName, vaultName].join(",");
  const asks = [
    tunnelAddress(world),
    names,
    ...hosts,
    address.neighbour4,
    address.neighbour6,
    ...also,
  ];
  const probe = new Program({
    name: "probe",
    argv: inNamespace("laptop", [nodePath, file, ...asks]),
    logFile: join(world.laptop.places.logs, "probe.log"),
  });
  await probe.waitFor((line) => line["message"] === "listening", { deadlineMs: 15_000 });
  return {
    report: async () => (await ask(probe, { verb: "report" })) as unknown as Probed,
    stop: () => probe.stop(),
  };
}

/** How often the granted resource has answered. */
export function grantedOf({ answers }: Probed): number {
  return hosts.reduce((sum, host) => sum + (answers[`resource ${host}`] ?? 0), 0);
}

/** Answers that nobody may get: of the impostor, of a neighbour, of a name without a grant. */
export function wrongOf({ answers }: Probed, also: readonly string[] = []): readonly string[] {
  const granted = hosts.map((host) => `resource ${host}`);
  const right = [...granted, `name ${docsName} ${address.docs4}`, ...also];
  return Object.keys(answers).filter((answer) => !right.includes(answer));
}
