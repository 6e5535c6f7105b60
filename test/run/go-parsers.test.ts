/**
 * Every Go file that makes something of bytes is named here, with the fuzz targets that hold it, or with who
 * alone writes what it reads. A file that reads and stands nowhere fails, and so does a target of nothing.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clone } from "../lab/program-path.ts";

const lab = "the lab's own programs talk to each other";
const system = "the system alone says it, as a number, an address or a name of its own";
const ours = "takes our own words apart, not what was read";
const forTests = "of tests";

const held: Readonly<Record<string, readonly string[] | string>> = {
  "cmd/sallyport-lab-advert/main.go": lab,
  "cmd/sallyport-lab-capture/main.go": lab,
  "cmd/sallyport-lab-capture/packet.go": ["FuzzFrame"],
  "cmd/sallyport-lab-capture/tally.go": ["FuzzFrame"],
  "cmd/sallyport-lab-ping/main.go": lab,
  "cmd/sallyport-lab-resolver/main.go": lab,
  "cmd/sallyport-lab-traffic/bulk.go": lab,
  "cmd/sallyport-lab-traffic/main.go": lab,
  "cmd/sallyport-lab-wireguard/main.go": lab,
  "cmd/sallyport-netd/agent_windows.go":
    "device management writes it; the key in it is the agent's to judge",
  "internal/adapter/connections.go": ["FuzzTargets"],
  "internal/adapter/network_windows.go": system,
  "internal/daemon/breakglass.go": ["FuzzVerb", "FuzzState"],
  "internal/daemon/events.go": system,
  "internal/daemon/grants.go": ["FuzzVerb"],
  "internal/daemon/leases.go": ["FuzzVerb"],
  "internal/daemon/observe.go": ["FuzzVerb"],
  "internal/daemon/portal.go": ["FuzzVerb"],
  "internal/daemon/snapshot.go": ["FuzzVerb"],
  "internal/daemon/verbs.go": ["FuzzVerb"],
  "internal/dns/channel/channel.go": ["FuzzRequest", "FuzzAnswer"],
  "internal/dns/child/sockets_linux.go": "netd alone writes its child's arguments",
  "internal/dns/message/answer.go": ["FuzzReadAnswer"],
  "internal/dns/message/query.go": ["FuzzRead"],
  "internal/dns/upstream/exchange.go": ["FuzzFrame"],
  "internal/dns/zone/reverse.go": ["FuzzReversed"],
  "internal/dns/zone/zone.go": ["FuzzCover"],
  "internal/fakeagent/fakeagent.go": forTests,
  "internal/fakecontroller/fakecontroller.go": forTests,
  "internal/filter/atom/atom.go": ours,
  "internal/filter/atom/region.go": ours,
  "internal/filter/denied.go": ["FuzzElementKeys"],
  "internal/filter/elements.go": ["FuzzElementKeys", "FuzzMessage"],
  "internal/filter/flows.go": system,
  "internal/filter/inside_lost.go": ours,
  "internal/filter/keys.go": ["FuzzElementKeys"],
  "internal/filter/names.go": ours,
  "internal/filter/names_elements.go": ["FuzzElementKeys"],
  "internal/filter/router.go": system,
  "internal/guard/leading.go": ours,
  "internal/ipc/conn.go": ["FuzzLine", "FuzzVerb"],
  "internal/ipc/line.go": ["FuzzLines"],
  "internal/ipc/server.go": ["FuzzVerb"],
  "internal/kernel/conntrack/conntrack.go": system,
  "internal/kernel/conntrack/room.go": system,
  "internal/kernel/golden/golden.go": forTests,
  "internal/kernel/nfnl/forward.go": ["FuzzMessage"],
  "internal/kernel/nfnl/nfnl.go": ["FuzzMessage"],
  "internal/kernel/nfnl/read.go": ["FuzzMessage", "FuzzElement"],
  "internal/kernel/nft/nft.go": "the first line of nft's own words, for the log",
  "internal/kernel/nstest/nstest.go": forTests,
  "internal/kernel/sysctl/sysctl.go": system,
  "internal/kernel/watch/network.go": ["FuzzMessages"],
  "internal/kernel/watch/subscription.go": ["FuzzMessages"],
  "internal/object/breakglass.go": ["FuzzBreakGlassFile"],
  "internal/object/ceilings.go": ["FuzzPin"],
  "internal/object/config.go": ["FuzzConfig"],
  "internal/object/gateway.go": ["FuzzConfig"],
  "internal/object/grant.go": ["FuzzGrantObject", "FuzzLeaseList"],
  "internal/object/id.go": ["FuzzID"],
  "internal/object/primitive.go": ["FuzzConfig", "FuzzEndpoint"],
  "internal/object/trust.go": ["FuzzTrustSet", "FuzzTrust"],
  "internal/object/tunnel.go": ["FuzzConfig"],
  "internal/peercred/peercred_windows.go": ours,
  "internal/read/read.go": ["FuzzRequest"],
  "internal/route/diversion.go": system,
  "internal/route/dump.go": ["FuzzRoutes"],
  "internal/route/inside.go": ["FuzzRoutes"],
  "internal/route/link.go": system,
  "internal/route/main_table.go": ["FuzzRoutes", "FuzzMessages"],
  "internal/route/route.go": system,
  "internal/route/rule_message.go": ["FuzzRule"],
  "internal/route/rule_text.go": ["FuzzRule"],
  "internal/route/table.go": ["FuzzRoutes", "FuzzRule"],
  "internal/socket/socket_unix.go": system,
  "internal/store/inside.go": ["FuzzInside"],
  "internal/store/record.go": ["FuzzRecord"],
  "internal/store/store.go": ["FuzzState"],
  "internal/strict/canonical.go": ["FuzzCanonical"],
  "internal/strict/fields.go": ["FuzzObject"],
  "internal/strict/tree.go": ["FuzzTree"],
  "internal/systemdns/bus/connection.go": ["FuzzResolved"],
  "internal/systemdns/bus/message.go": ["FuzzResolved"],
  "internal/systemdns/bus/reader.go": ["FuzzResolved", "FuzzValues"],
  "internal/systemdns/bus/writer.go": ["FuzzValues"],
  "internal/systemdns/file.go": ["FuzzFile"],
  "internal/systemdns/resolved.go": ["FuzzResolved"],
  "internal/systemdns/routing.go": ["FuzzResolved"],
  "internal/trayline/trayline.go": ["FuzzOrder"],
  "internal/trust/breakglass.go": ["FuzzBreakGlassFile"],
  "internal/trust/chain.go": ["FuzzTrust"],
  "internal/trust/jws.go": ["FuzzToken", "FuzzGrant"],
  "internal/trust/keyring.go": ["FuzzToken", "FuzzGrant", "FuzzState"],
  "internal/wfp/compose.go": ours,
  "internal/wg/kernel.go": system,
  "internal/wg/packet.go": "takes the first bytes of a frame that WireGuard reads",
  "internal/wg/userspace.go": ["FuzzState"],
};

const reads = new RegExp(
  [
    String.raw`json\.(Unmarshal|NewDecoder)`,
    String.raw`strict\.(Object|Fields)\b`,
    String.raw`bufio\.New(Scanner|Reader)`,
    String.raw`(Endian|order)\.Uint(16|32|64)\(|LittleEndian\b`,
    String.raw`AttributeDecoder|\.Unpack\(|x509\.Parse|pem\.Decode`,
    String.raw`Encoding\.(Strict\(\)\.)?Decode|hex\.Decode`,
    String.raw`netip\.(Parse(Addr|Prefix|AddrPort)|AddrFromSlice)\(`,
    String.raw`strconv\.(Parse|Atoi)`,
    String.raw`strings\.(Cut|Split|Fields)\w*\(`,
    String.raw`os\.ReadFile|io\.ReadAll`,
  ].join("|"),
);

const native = join(clone, "native");
const files = execFileSync("git", ["ls-files", "cmd", "internal"], {
  cwd: native,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path.endsWith(".go"));
const text = (path: string) => readFileSync(join(native, path), "utf8");
const targets = new Set(
  files
    .filter((path) => path.endsWith("_test.go"))
    .flatMap((path) => [...text(path).matchAll(/^func (Fuzz\w+)\(/gm)].map(([, name]) => name)),
);

test("each Go file that reads bytes has its fuzz target, or tells who alone writes them", () => {
  const reading = files.filter((path) => !path.endsWith("_test.go") && reads.test(text(path)));
  expect(reading.length).toBeGreaterThan(70);
  expect(reading.toSorted()).toEqual(Object.keys(held).toSorted());
});

test("each fuzz target holds a file that reads, and each one named exists", () => {
  const named = new Set(Object.values(held).flatMap((one) => (typeof one === "string" ? [] : one)));
  expect([...named].toSorted()).toEqual([...targets].toSorted());
});
