// `npm run test:resolvers`: the tests of names against Debian's own resolvers (systemd-resolved, dnsmasq,
// unbound, openresolv). Their packages are unpacked below .cache/ and never installed: systemd-resolved would take
// over the machine's /etc/resolv.conf.
import { mkdirSync, readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { clone, goCommand, hasProgram, programPath } from "../lab/program-path.ts";

const packages = [
  "systemd-resolved",
  "dnsmasq-base",
  "unbound",
  "openresolv",
  "libnetfilter-conntrack3",
  "libnfnetlink0",
  "libprotobuf-c1",
];
const lacks = 3;
const folder = join(clone, ".cache", "resolvers");
const root = join(folder, "root");

/** Runs a program and ends with its exit code when it fails. */
function must(file: string, args: readonly string[], options: object): void {
  const { status } = spawnSync(file, args, { stdio: "inherit", ...options });
  if (status !== 0) process.exit(status ?? 1);
}

function unpack(): void {
  mkdirSync(folder, { recursive: true });
  must(programPath("apt-get"), ["download", "--quiet", ...packages], { cwd: folder });
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    // systemd-resolved brings a resolvconf of its own.
    const place = file.startsWith("openresolv") ? join(root, "openresolv") : root;
    must(programPath("dpkg"), ["--extract", join(folder, file), place], {});
  }
}

const go = goCommand();
const absent = ["apt-get", "dpkg", "dbus-daemon"].filter((name) => !hasProgram(name));
if (!go.ok || absent.length > 0) {
  process.stderr.write(`${go.ok ? `not installed: ${absent.join(", ")}` : go.line}\n`);
  process.exit(lacks);
}
unpack();
const tests = ["-run", "RealResolvers|SystemdResolved|Openresolv", "-v"];
must(go.file, ["test", ...tests, "./internal/kernel", "./internal/systemdns"], {
  cwd: join(clone, "native"),
  env: { ...go.env, SALLYPORT_RESOLVERS: root },
});
