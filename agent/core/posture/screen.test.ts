import fc from "fast-check";
import { expect, test } from "vitest";
import {
  hasHiddenDesktop,
  joinSessions,
  judgeGnome,
  judgeKde,
  judgeWindowsScreen,
  readSession,
} from "./screen.ts";

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

const consoleOf = (uid: number, seat = "seat0", state = "active") =>
  `Name=ana\nUser=${uid}\nType=tty\nClass=user\nState=${state}\nDesktop=\nSeat=${seat}\n`;
const greeter = "Name=gdm\nUser=120\nType=wayland\nClass=greeter\nState=active\nSeat=seat0\n";
const socket = (path: string) =>
  `Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01 21 ${path}\n`;

test.each([
  ["sway", [consoleOf(1000)], "/run/user/1000/wayland-1", true],
  ["sway, under a greeter", [greeter, consoleOf(1000)], "/run/user/1000/wayland-1", true],
  ["startx", [consoleOf(1000)], "@/tmp/.X11-unix/X0", true],
  ["startx, by its file", [consoleOf(1000)], "/tmp/.X11-unix/X12", true],
  ["no display", [consoleOf(1000)], "/run/dbus/system_bus_socket", false],
  ["another's display", [consoleOf(1000)], "/run/user/1001/wayland-1", false],
  ["the greeter's own", [greeter, consoleOf(1000)], "@/tmp/.X11-unix/X0", false],
  ["a server's, somebody in by SSH", [consoleOf(1000, "")], "@/tmp/.X11-unix/X99", false],
  ["a session that ends", [consoleOf(1000, "seat0", "closing")], "@/tmp/.X11-unix/X0", false],
  ["nobody", [], "@/tmp/.X11-unix/X0", false],
])("a desktop that was started by hand: %s", (_, sessions, path, expected) => {
  expect(hasHiddenDesktop(sessions, socket(path))).toBe(expected);
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
      hasHiddenDesktop([text, `Type=tty\nClass=user\nSeat=s\nUser=${text}`], text);
      judgeKde(text);
    }),
  );
});
