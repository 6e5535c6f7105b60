import fc from "fast-check";
import { expect, test } from "vitest";
import { joinSessions, judgeGnome, judgeKde, judgeWindowsScreen, readSession } from "./screen.ts";

const gnome = {
  lockEnabled: "true\n",
  lockDelay: "uint32 0\n",
  idleDelay: "uint32 300\n",
  lockDisabled: "false\n",
};

test.each([
  ["five minutes", gnome, true],
  ["never idle", { ...gnome, idleDelay: "uint32 0\n" }, false],
  ["too late", { ...gnome, lockDelay: "uint32 601\n" }, false],
  ["switched off", { ...gnome, lockEnabled: "false\n" }, false],
  ["locking taken away", { ...gnome, lockDisabled: "true\n" }, false],
  ["no lockdown schema", { ...gnome, lockDisabled: "" }, null],
  ["no schema", { ...gnome, lockEnabled: "No such schema" }, null],
  ["odd delay", { ...gnome, idleDelay: "300" }, null],
])("GNOME with %s", (_, settings, locks) => {
  expect(judgeGnome(settings)).toBe(locks);
});

test.each([
  ["", true],
  ["[Daemon]\nAutolock=false\n", false],
  ["[Daemon]\nTimeout=20\n", false],
  ["[Daemon]\nTimeout=10\nLockGrace=30\n[Greeter]\nTimeout=99\n", true],
  ["[Daemon]\nTimeout=bald\n", null],
  ["[Daemon]\nAutolock[$i]=false\n", false],
  ["[Daemon][$i]\nAutolock = false\n", false],
  ["[Other]\nAutolock=false\n[Daemon]\n# a note\n", true],
  ["[Daemon]\nAutolock=true\n\n[Daemon]\nAutolock=false\n", null],
  ["[Daemon]\nAutolock[$e]=false\n", null],
])("KDE %j", (file, locks) => {
  expect(judgeKde(file)).toBe(locks);
});

test("one session that does not lock decides; no graphical session is not applicable", () => {
  expect(joinSessions([true, true])).toEqual({ kind: "known", value: true });
  expect(joinSessions([true, false, null])).toEqual({ kind: "known", value: false });
  expect(joinSessions([true, null])).toEqual({ kind: "unknown", reason: "no_data" });
  expect(joinSessions([]).kind).toBe("notApplicable");
});

test("only graphical sessions of people count", () => {
  const text = "Name=ana\nUser=1000\nType=wayland\nClass=user\nState=active\nDesktop=GNOME\n";
  expect(readSession(text)).toEqual({ uid: 1000, name: "ana", desktop: "gnome" });
  expect(readSession(text.replace("wayland", "tty"))).toBeNull();
  expect(readSession(text.replace("Class=user", "Class=greeter"))).toBeNull();
  expect(readSession(text.replace("active", "closing"))).toBeNull();
});

test("Windows locks by machine policy or by every user's secure screen saver", () => {
  const user = { Active: "1", Secure: "1", TimeOut: "600" };
  const judge = (InactivityTimeoutSecs: number | null, Users: object[]) =>
    judgeWindowsScreen({ InactivityTimeoutSecs, Users });
  expect(judge(900, [])).toEqual({ kind: "known", value: true });
  expect(judge(null, [user])).toEqual({ kind: "known", value: true });
  expect(judge(null, [user, { ...user, Secure: "0" }])).toEqual({ kind: "known", value: false });
  expect(judge(0, []).kind).toBe("notApplicable");
  expect(judgeWindowsScreen({})).toEqual({ kind: "unknown", reason: "parse" });
});

test("device management's limit in minutes locks too; zero and an hour do not", () => {
  const judge = (DeviceLockMinutes: unknown) =>
    judgeWindowsScreen({ InactivityTimeoutSecs: null, DeviceLockMinutes, Users: [{}] });
  expect(judge(10)).toEqual({ kind: "known", value: true });
  expect(judge(0)).toEqual({ kind: "known", value: false });
  expect(judge(60)).toEqual({ kind: "known", value: false });
  expect(judge("10")).toEqual({ kind: "known", value: false });
});

test("garbage never locks", () => {
  fc.assert(
    fc.property(fc.string(), fc.anything(), (text, answer) => {
      const settings = {
        lockEnabled: text,
        lockDelay: text,
        idleDelay: text,
        lockDisabled: text,
      };
      expect(judgeGnome(settings)).not.toBe(true);
      expect(judgeWindowsScreen(answer)).not.toEqual({ kind: "known", value: true });
      readSession(text);
      judgeKde(text);
    }),
  );
});
