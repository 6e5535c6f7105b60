// `npm run test:resolvers`: the tests of names against Debian's own resolvers (systemd-resolved, dnsmasq,
// unbound, openresolv) and NetworkManager. Their packages are unpacked below .cache/ and never installed:
// systemd-resolved would take over the machine's /etc/resolv.conf.
import { join } from "node:path";
import { clone, goCommand, hasProgram } from "../lab/program-path.ts";
import { mustRun, unpack, unpackedRoot } from "./unpacked-packages.ts";

const packages = [
  "systemd-resolved",
  "dnsmasq-base",
  "unbound",
  "openresolv",
  "network-manager",
  "libndp0",
  "libnetfilter-conntrack3",
  "libnfnetlink0",
  "libprotobuf-c1",
];
const lacks = 3;
const go = goCommand();
const absent = ["apt-get", "dpkg", "dbus-daemon"].filter((name) => !hasProgram(name));
if (!go.ok || absent.length > 0) {
  process.stderr.write(`${go.ok ? `not installed: ${absent.join(", ")}` : go.line}\n`);
  process.exit(lacks);
}
// systemd-resolved brings a resolvconf of its own.
unpack("resolvers", packages, (file, root) =>
  file.startsWith("openresolv") ? join(root, "openresolv") : root,
);
const tests = ["-run", "RealResolvers|SystemdResolved|Openresolv|NetworkManager", "-v"];
mustRun(go.file, ["test", ...tests, "./internal/kernel", "./internal/systemdns"], {
  cwd: join(clone, "native"),
  env: { ...go.env, SALLYPORT_RESOLVERS: unpackedRoot("resolvers") },
});
