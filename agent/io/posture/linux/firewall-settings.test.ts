import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectFirewallProgram, firewallsSetOn } from "./firewall-settings.ts";

let root = "";
beforeEach(() => {
  root = `${mkdtempSync(join(tmpdir(), "sallyport-settings-"))}/`;
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test.each([
  ["ENABLED=yes\nLOGLEVEL=low\n", ["ufw"]],
  ['ENABLED="YES"\n', ["ufw"]],
  ["ENABLED=no\n", []],
  ["#ENABLED=yes\n", []],
  ["\0\xff", []],
])("ufw.conf %j", async (text, expected) => {
  write("etc/ufw/ufw.conf", text);
  expect(await firewallsSetOn(root)).toEqual(expected);
});

test("services that start by themselves are named beside it, nothing where there is nothing", async () => {
  expect(await firewallsSetOn(root)).toEqual([]);
  write("etc/systemd/system/multi-user.target.wants/firewalld.service", "");
  write("etc/systemd/system/sysinit.target.wants/nftables.service", "");
  expect(await firewallsSetOn(root)).toEqual(["firewalld", "nftables"]);
});

test("the program in charge is what is set to be on, else what distributions put first, else none", async () => {
  const program = async () => (await collectFirewallProgram(root))[0]?.fact.reading;
  expect(await program()).toEqual({ kind: "known", value: "none" });
  write("usr/lib/systemd/system/nftables.service", "");
  expect(await program()).toEqual({ kind: "known", value: "nftables" });
  write("usr/sbin/ufw", "");
  write("usr/bin/firewalld", "");
  expect(await program()).toEqual({ kind: "known", value: "ufw" });
  write("etc/systemd/system/multi-user.target.wants/firewalld.service", "");
  expect(await program()).toEqual({ kind: "known", value: "firewalld" });
});
