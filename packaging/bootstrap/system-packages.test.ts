import { createRequire } from "node:module";
import { expect, it } from "vitest";

interface SystemPackages {
  readonly missingTools: (find: (program: string) => string | undefined) => string[];
  readonly installLine: (packages: string[], osRelease: string) => string;
}

const { missingTools, installLine } = createRequire(import.meta.url)(
  "./system-packages.cjs",
) as SystemPackages;

it("names the package of every absent program once", () => {
  expect(missingTools(() => "/usr/bin/there")).toEqual([]);
  expect(missingTools(() => undefined)).toEqual(["nftables", "iproute2", "util-linux", "mount"]);
  expect(missingTools((name) => (name === "nsenter" ? undefined : "/x"))).toEqual(["util-linux"]);
});

it("knows what other distributions call them, once each", () => {
  const line = installLine(["util-linux", "mount"], "ID=arch\n");
  expect(line).toBe("sudo pacman -S --noconfirm util-linux");
  expect(installLine(["golang-go"], "ID=fedora\n")).toBe("sudo dnf install -y golang");
  expect(installLine(["golang-go"], "ID=arch\n")).toBe("sudo pacman -S --noconfirm go");
});

it.each([
  ['ID=debian\nVERSION_ID="12"\n', "sudo apt-get install -y iproute2 libatomic1"],
  ["ID=linuxmint\nID_LIKE=ubuntu\n", "sudo apt-get install -y iproute2 libatomic1"],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install -y iproute libatomic"],
  ["ID=arch\n", "sudo pacman -S --noconfirm iproute2 gcc-libs"],
  ["", "sudo apt-get install -y iproute2 libatomic1"],
])("speaks the package manager of %j", (osRelease, line) => {
  expect(installLine(["iproute2", "libatomic1"], osRelease)).toBe(line);
});
