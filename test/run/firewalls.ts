// `npm run test:firewalls`: what the agent says of a machine whose firewall is Debian's own firewalld, ufw,
// nft or iptables, new and legacy, read through a real netd. The packages are unpacked below .cache/ and
// laid over the system inside the lab's private container; nothing is installed. Exit 0 as expected, 1
// not, 3 the machine lacks something.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firewallReads } from "../../agent/io/netd/firewall-reads.ts";
import { openNetd } from "../../agent/io/netd/netd-client.ts";
import { createFirewallCollector } from "../../agent/io/posture/linux/firewall.ts";
import { entryInterfaces, proofOfNoIpv6 } from "../../agent/io/posture/linux/network-namespace.ts";
import { mustRunNow } from "../lab/command.ts";
import { insideContainer, prepareContainer, runInContainer } from "../lab/container.ts";
import {
  hasProgram,
  nativeProgramPath,
  nativeProgramsStand,
  programPath,
} from "../lab/program-path.ts";
import { Program } from "../lab/program.ts";
import { firewallCases } from "./firewall-cases.ts";
import { layOver, unpack } from "./unpacked-packages.ts";

const packages =
  "dbus dbus-bin dbus-daemon dbus-session-bus-common dbus-system-bus-common firewalld gir1.2-glib-2.0 iptables " +
  "libapparmor1 libgirepository-1.0-1 libip4tc2 libip6tc2 libnetfilter-conntrack3 libnfnetlink0 libxtables12 " +
  "python3-cap-ng python3-dbus python3-firewall python3-gi python3-nftables ufw";
const lacks = 3;
const startDeadlineMs = 30_000;

function addLink(): void {
  const link = "link add eth0 type veth peer name outside\nlink set lo up\nlink set eth0 up\n";
  const addresses = "addr add 192.0.2.10/24 dev eth0\naddr add 2001:db8::10/64 dev eth0 nodad\n";
  mustRunNow([programPath("ip"), "-batch", "-"], { input: link + addresses });
}

async function main(): Promise<number> {
  prepareContainer();
  layOver("firewalls");
  addLink();
  const state = mkdtempSync(join(tmpdir(), "sallyport-firewalls-"));
  const run = join(state, "run");
  const netd = new Program({
    name: "netd",
    argv: [nativeProgramPath("sallyport-netd"), "--state-dir", state, "--run-dir", run],
    logFile: join(state, "netd.log"),
  });
  await netd.waitFor((line) => line["message"] === "netd runs", { deadlineMs: startDeadlineMs });
  const client = openNetd(join(run, "netd.sock"), () => undefined);
  const reads = firewallReads(client);
  await reads.ready();
  const collect = createFirewallCollector({
    reads,
    interfaces: entryInterfaces,
    proofOfNoIpv6,
    setOn: () => Promise.resolve([]),
  });
  let wrong = 0;
  for (const { what, set, expected, undo } of firewallCases) {
    await set();
    const told = (await collect()).map(({ fact }) => fact.reading);
    const words = told.map((reading) =>
      reading.kind === "known"
        ? String(reading.value)
        : `${reading.kind} ${JSON.stringify(reading)}`,
    );
    const right =
      words.join() === [expected.ipv4 && expected.ipv6, expected.ipv4, expected.ipv6].join();
    if (!right) wrong++;
    const verdict = right ? "as expected" : "WRONG";
    process.stdout.write(
      `${what}: enabled ${words[0]}, IPv4 ${words[1]}, IPv6 ${words[2]}: ${verdict}\n`,
    );
    await undo();
  }
  client.close();
  await netd.stop();
  process.stdout.write(`${firewallCases.length - wrong} passed, ${wrong} failed, 0 skipped\n`);
  return wrong === 0 ? 0 : 1;
}

if (!insideContainer()) {
  const absent = ["apt-get", "dpkg", "python3", "busctl", "nft"].filter(
    (name) => !hasProgram(name),
  );
  if (absent.length > 0 || !nativeProgramsStand() || process.getuid?.() !== 0) {
    const why =
      absent.length > 0 ? `not installed: ${absent.join(", ")}` : "needs root and netd built";
    process.stderr.write(`${why}\n`);
    process.exit(lacks);
  }
  unpack("firewalls", packages.split(" "));
  process.exit(await runInContainer(process.argv.slice(1)));
}
process.exit(await main());
