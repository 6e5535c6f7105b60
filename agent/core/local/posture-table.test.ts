import { expect, test } from "vitest";
import type { Fact, Reading, UnknownReason } from "#shared/posture/fact.ts";
import { known } from "#shared/posture/reading.ts";
import { createPosture, transition } from "../posture/posture.ts";
import { groupsOf } from "../posture/groups.ts";
import { postureChecks } from "./posture-checks.ts";
import { postureTable } from "./posture-table.ts";

const now = { monotonicMs: 10_000, wallAt: Date.UTC(2026, 10, 22), random: 0 };

function told(...readings: readonly (readonly [string, Reading])[]) {
  const facts = readings.map(([signal, reading]): Fact => ({
    signal,
    reading,
    observedAt: now.wallAt,
    freshForMs: 60_000,
    source: "os",
    collector: "test",
    collectorVersion: 1,
    evidence: { sha256: "", bytes: 0, tookMs: 0 },
  }));
  return transition(createPosture("linux", now), { kind: "reported", facts }, now).state;
}

const unknown = (reason: UnknownReason): Reading => ({
  kind: "unknown",
  reason,
});
const off: Reading = { kind: "known", value: false };

test("a row has value, age, source, what levels say of it, and the fix of this system", () => {
  const posture = told(
    ["firewall.enabled", off],
    ["firewall.program", { kind: "known", value: "ufw" }],
  );
  const levels = [
    { id: "trusted", needs: [{ signal: "firewall.enabled", met: false }] },
    { id: "basic", needs: [{ signal: "os.version", met: true }] },
  ];
  const later = { ...now, monotonicMs: 14_000 };
  const rows = postureTable(posture, { blocking: new Set(), levels }, later);
  expect(rows.find(({ signal }) => signal === "firewall.enabled")).toMatchObject({
    reading: off,
    source: "os",
    checkedAgeMs: 4_000,
    levels: [{ id: "trusted", met: false }],
    fix: { command: "sudo ufw allow ssh && sudo ufw default deny incoming && sudo ufw enable" },
  });
  expect(rows.some(({ signal }) => signal === "boot.sip")).toBe(false);
});

test("a row that nobody has read yet is pending, one that nobody looks for is not there", () => {
  const rows = postureTable(told(), { blocking: new Set(), levels: [] }, now);
  const reading = (name: string) => rows.find(({ signal }) => signal === name)?.reading;
  expect(reading("os.security_updates")).toEqual({ kind: "unknown", reason: "pending" });
  expect(reading("route.tampered")).toBeNull();
});

test("doctor gathers what cannot be read by its reason, with what to do about it", () => {
  const checks = postureChecks(
    told(
      ["users.admins", unknown("permission")],
      ["hardware.serials", unknown("permission")],
      ["os.security_updates", unknown("tool_missing")],
      ["firewall.enabled", off],
    ),
  );
  expect(checks.map(({ name, state }) => [name, state])).toEqual([
    ["posture", "ok"],
    ["posture pending", "unknown"],
    ["posture tool_missing", "unknown"],
    ["posture permission", "unknown"],
  ]);
  const sought = groupsOf("linux").flatMap(({ signals }) => signals);
  expect(checks[0]?.detail).toBe(`1 of ${sought.length} signals are known`);
  expect(checks[1]?.detail).toMatch(/^the first look is still under way: .*disk\.encrypted/);
  expect(checks[1]?.detail).not.toContain("users.admins");
  expect(checks[3]?.detail).toContain("users.admins, hardware.serials");
  expect(checks[3]?.fix).toContain("sallyport-collector.socket");
});

test("doctor's advice is this machine's", () => {
  const fixesOn = (manager: string) =>
    postureChecks(
      told(
        ["os.package_manager", known(manager)],
        ["os.supported", unknown("stale_source")],
        ["os.security_updates", unknown("no_data")],
        ["os.reboot_pending", unknown("no_data")],
      ),
    ).flatMap(({ fix }) => fix ?? []);
  expect(fixesOn("apt")).toEqual([
    "Refresh the package lists: `sudo apt update`",
    expect.stringContaining("`apt-cache policy`"),
    expect.stringContaining("unattended-upgrades"),
  ]);
  expect(fixesOn("dnf")).toEqual([
    "Refresh the package lists: `sudo dnf makecache`",
    expect.stringContaining("`dnf repolist`"),
  ]);
  expect(fixesOn("pacman")).toEqual([expect.stringContaining("`sudo pacman -Syu`")]);
});

test.each(["windows", "darwin"] as const)("on %s doctor names no service of Linux", (os) => {
  const checks = postureChecks({ ...told(["users.admins", unknown("permission")]), os });
  const found = checks.find(({ name }) => name === "posture permission");
  expect(found?.fix).toContain("sallyport posture --evidence");
});

test("doctor names what is missing where a machine does not tell, each cause once", () => {
  const checks = postureChecks(
    told(
      ["kernel.lockdown", unknown("no_data")],
      ["lsm.enforcing", unknown("no_data")],
      ["os.version", unknown("no_data")],
      ["hardware.vendor", unknown("permission")],
    ),
  );
  const shown = checks.slice(2).map(({ detail, fix }) => [detail, fix]);
  expect(shown).toEqual([
    ["this machine does not tell: os.version", undefined],
    [
      "securityfs is not mounted, or the kernel is built without it: kernel.lockdown, lsm.enforcing",
      "`sudo mount -t securityfs securityfs /sys/kernel/security`",
    ],
    [expect.stringContaining("only root may read it: hardware.vendor"), expect.any(String)],
  ]);
});

test("doctor says so when nothing was read yet", () => {
  expect(postureChecks(createPosture("linux", now))).toEqual([
    { name: "posture", state: "unknown", detail: "nothing was read yet" },
  ]);
});
