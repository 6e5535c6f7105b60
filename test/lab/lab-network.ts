// The network of topology.ts with everything in it that is not Sallyport: resource, impostor, the
// user's programs on the laptop, its host firewall, and the leak counter.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { firewallOn } from "./firewall.ts";
import { ask } from "./line-client.ts";
import { patience } from "./patience.ts";
import { LeakCounter } from "./leak-counter.ts";
import { Program } from "./program.ts";
import { nativeProgramPath, nodePath } from "./program-path.ts";
import {
  address,
  buildTopology,
  docsName,
  inNamespace,
  manualName,
  type NamespaceName,
  vaultName,
} from "./topology.ts";
import { run } from "./command.ts";

/** The namespaces with their impostor, client and counters. */
export interface LabNetwork {
  readonly resource: Program;
  readonly impostor: Program;
  readonly client: Program;
  /** The site's resolver on the LAN, and the one of the laptop's link, which lies about every name. */
  readonly resolvers: { readonly site: Program; readonly link: Program };
  readonly leaks: LeakCounter;
}

/** Who answers a question of the laptop for one address, by protocol; null when nobody does. */
export interface Answers {
  readonly tcp: string | null;
  readonly udp: string | null;
  readonly ping: boolean;
}

const startDeadlineMs = 60_000;

/** Starts it all; the laptop's firewall is on. Logs go below `folder`. */
export async function startLabNetwork(folder: string): Promise<LabNetwork> {
  mkdirSync(folder, { recursive: true });
  buildTopology();
  firewallOn("laptop");
  const own = (name: string, namespace: NamespaceName, file: string, ...args: string[]) =>
    new Program({
      name,
      argv: inNamespace(namespace, [nodePath, join(import.meta.dirname, file), ...args]),
      logFile: join(folder, `${name}.log`),
    });
  const inside = [address.resource4, address.resource6];
  const docs = [address.docs4, address.docs6];
  const manual = [address.manual4, address.manual6];
  const lan = [...inside, ...docs, ...manual, address.neighbour4, address.neighbour6];
  const outside = [...lan, address.public4, address.public6];
  const resource = own("resource", "resource", "resource-server.ts", "resource", ...lan);
  const impostor = own("impostor", "internet", "resource-server.ts", "impostor", ...outside);
  const client = own("client", "laptop", "flow-client.ts");
  const resolver = (
    namespace: NamespaceName,
    told: { readonly listen: readonly string[]; readonly records: readonly string[] },
  ) => {
    const name = `${namespace}-resolver`;
    const lists = ["--listen", told.listen.join(","), "--records", told.records.join(",")];
    const argv = inNamespace(namespace, [nativeProgramPath("sallyport-lab-resolver"), ...lists]);
    return new Program({ name, argv, logFile: join(folder, `${name}.log`) });
  };
  const listening = (program: Program) =>
    program.waitFor((line) => line["message"] === "listening", { deadlineMs: startDeadlineMs });
  const resolvers = {
    site: resolver("resource", {
      listen: [address.resolver4, address.resolver6],
      records: [
        ...docs.map((host) => `${docsName}=${host}`),
        ...manual.map((host) => `${manualName}=${host}`),
        `${vaultName}=${address.neighbour4}`,
      ],
    }),
    link: resolver("internet", {
      listen: [address.linkResolver],
      records: [address.public4, ...docs].map((host) => `*=${host}`),
    }),
  };
  const [leaks] = await Promise.all([
    LeakCounter.start(join(folder, "capture.log")),
    ...[resource, impostor, client, resolvers.site, resolvers.link].map(listening),
  ]);
  return { resource, impostor, client, resolvers, leaks };
}

/** Asks once by each protocol, from a program on the laptop that knows nothing of Sallyport. */
export async function askFromLaptop(
  network: LabNetwork,
  host: string,
  timeoutMs = 1_000,
): Promise<Answers> {
  const limitMs = patience(timeoutMs);
  const bodyOf = async (verb: string) => {
    const asked = { verb, host, timeoutMs: limitMs };
    const answer = await ask(network.client, asked).catch(() => null);
    return answer === null ? null : (answer["body"] as string);
  };
  const [tcp, udp, ping] = await Promise.all([
    bodyOf("fetch"),
    bodyOf("udp"),
    pingFrom("laptop", host, limitMs),
  ]);
  return { tcp, udp, ping };
}

/** Every name that a resolver was asked for so far. */
export async function namesAsked(resolver: Program): Promise<readonly string[]> {
  return (await ask(resolver, { verb: "asked" }))["names"] as readonly string[];
}

/** Whether one echo request is answered in time. */
async function pingFrom(
  namespace: NamespaceName,
  host: string,
  timeoutMs: number,
): Promise<boolean> {
  const argv = [nativeProgramPath("sallyport-lab-ping"), host, String(timeoutMs)];
  const result = await run(inNamespace(namespace, argv), { deadlineMs: timeoutMs + 2_000 });
  return result.exitCode === 0;
}
