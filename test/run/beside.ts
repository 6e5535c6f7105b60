// `npm run test:beside`: a gateway and a device beside Debian's own Docker and libvirt, which make their
// real rules in namespaces. The packages are unpacked below .cache/ and laid over the system inside a
// private container; nothing is installed. Exit 0 as expected, 1 not, 3 the machine lacks something.
import { join } from "node:path";
import { insideContainer, prepareContainer, runInContainer } from "../lab/container.ts";
import { clone, goCommand, hasProgram } from "../lab/program-path.ts";
import { layOver, mustRun, unpack } from "./unpacked-packages.ts";

const packages =
  "docker.io containerd runc iptables libip4tc2 libip6tc2 libnetfilter-conntrack3 libnfnetlink0 libxtables12 " +
  "libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-config-network libvirt0 dnsmasq-base dmidecode " +
  "libparted2 libpcap0.8 libssh-4 libyajl2";
const lacks = 3;

const go = goCommand();
const absent = ["apt-get", "dpkg", "nft"].filter((name) => !hasProgram(name));
if (!go.ok || absent.length > 0 || process.getuid?.() !== 0) {
  const why = absent.length > 0 ? `not installed: ${absent.join(", ")}` : "needs root";
  process.stderr.write(`${go.ok ? why : go.line}\n`);
  process.exit(lacks);
}
if (!insideContainer()) {
  unpack("beside", packages.split(" "));
  process.exit(await runInContainer(process.argv.slice(1)));
}
prepareContainer();
layOver("beside");
mustRun(go.file, ["test", "-run", "TestReal(Docker|Libvirt)", "-v", "./internal/kernel"], {
  cwd: join(clone, "native"),
  env: { ...go.env, SALLYPORT_BESIDE: "1" },
});
