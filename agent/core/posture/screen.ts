/** Decides whether screens lock by themselves, from what desktops keep about it. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { asList, member } from "./json-shape.ts";

/** A screen that waits longer than this before it locks does not lock. */
const secondsMax = 900;

/** Whether one session locks in time; null when it cannot be told. */
export type Locking = boolean | null;

/** Judges GNOME's settings, as `gsettings get` prints them. */
export function judgeGnome(settings: {
  readonly lockEnabled: string;
  readonly lockDelay: string;
  readonly idleDelay: string;
  /** Of the lockdown schema: true takes locking away, whatever the others say. */
  readonly lockDisabled: string;
}): Locking {
  const enabled = settings.lockEnabled.trim();
  const delay = /^uint32 (\d+)$/.exec(settings.lockDelay.trim())?.[1];
  const idle = /^uint32 (\d+)$/.exec(settings.idleDelay.trim())?.[1];
  const disabled = settings.lockDisabled.trim();
  if (enabled === "false" || disabled === "true") return false;
  if (disabled !== "false") return null;
  if (enabled !== "true" || delay === undefined || idle === undefined) return null;
  // An idle delay of zero means "never".
  return Number(idle) > 0 && Number(idle) + Number(delay) <= secondsMax;
}

/** Judges KDE's `kscreenlockerrc`; what is absent has the default: on, after five minutes. */
export function judgeKde(file: string): Locking {
  const settings = kdeSettings(file);
  if (settings === null) return null;
  const automatic = settings.get("Autolock") ?? "true";
  if (automatic === "false") return false;
  const minutes = Number(settings.get("Timeout") ?? "5");
  const grace = Number(settings.get("LockGrace") ?? "5");
  if (automatic !== "true" || !Number.isFinite(minutes) || !Number.isFinite(grace)) return null;
  return minutes > 0 && minutes * 60 + grace <= secondsMax;
}

/**
 * Reads the group `Daemon`, whose name and keys may carry `[$i]` ("may not be changed"). Null where a key
 * stands twice or is marked otherwise: which value KDE takes is then not ours to guess.
 */
function kdeSettings(file: string): ReadonlyMap<string, string> | null {
  const settings = new Map<string, string>();
  let inside = false;
  for (const line of file.split("\n").map((text) => text.trim())) {
    if (line.startsWith("[")) inside = /^\[Daemon\](\[\$i\])?$/.test(line);
    else if (inside && line !== "" && !line.startsWith("#")) {
      const [, key, value] = /^([^=[]+?)(?:\[\$i\])?\s*=\s*(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined || settings.has(key)) return null;
      settings.set(key, value);
    }
  }
  return settings;
}

/** Joins all graphical sessions: one that does not lock decides. */
export function joinSessions(sessions: readonly Locking[]): Reading {
  if (sessions.length === 0) return { kind: "notApplicable", proof: "no graphical session" };
  if (sessions.includes(false)) return known(false);
  if (sessions.includes(null)) return noData;
  return known(true);
}

/** A session of logind. */
export interface Session {
  readonly uid: number;
  readonly name: string;
  readonly desktop: string;
}

/** Reads `loginctl show-session`; null unless it is a graphical session of a person. */
export function readSession(text: string): Session | null {
  const value = valuesOf(text);
  const uid = Number(value("User"));
  if (!isGraphical(text) || !isLive(text) || !Number.isInteger(uid) || value("User") === "") {
    return null;
  }
  return { uid, name: value("Name"), desktop: value("Desktop").toLowerCase() };
}

/**
 * Tells whether somebody started a desktop by hand at a text console (`sway`, `startx`): logind calls
 * that session a terminal. Displays are found by their sockets, in `/proc/net/unix`.
 */
export function hasHiddenDesktop(sessions: readonly string[], unixSockets: string): boolean {
  const consoles = sessions.filter((text) => {
    const value = valuesOf(text);
    return value("Type") === "tty" && value("Seat") !== "" && isLive(text);
  });
  const wayland = consoles.some((text) =>
    unixSockets.includes(` /run/user/${valuesOf(text)("User")}/wayland-`),
  );
  // The socket of X names nobody; that of a graphical session or a greeter is theirs.
  const x11 = consoles.length > 0 && !sessions.some(isGraphical);
  return wayland || (x11 && / @?\/tmp\/\.X11-unix\/X\d+$/m.test(unixSockets));
}

function isGraphical(session: string): boolean {
  return ["x11", "wayland", "mir"].includes(valuesOf(session)("Type"));
}

function isLive(session: string): boolean {
  const value = valuesOf(session);
  return value("Class") === "user" && value("State") !== "closing";
}

function valuesOf(session: string): (key: string) => string {
  return (key) => new RegExp(`^${key}=(.*)$`, "m").exec(session)?.[1] ?? "";
}

/** Judges `{ InactivityTimeoutSecs, DeviceLockMinutes, Users: [{ Active, Secure, TimeOut }] }` of Windows. */
export function judgeWindowsScreen(answer: unknown): Reading {
  const machine = member(answer, "InactivityTimeoutSecs");
  const users = member(answer, "Users");
  if (machine === undefined || users === undefined) return notParsed;
  const managed = member(answer, "DeviceLockMinutes");
  const limits = [machine, typeof managed === "number" ? managed * 60 : null];
  if (limits.some((limit) => typeof limit === "number" && limit > 0 && limit <= secondsMax)) {
    return known(true);
  }
  const locking = asList(users).map((user): Locking => {
    const [active, secure, timeout] = ["Active", "Secure", "TimeOut"].map((name) =>
      Number(member(user, name) ?? 0),
    );
    if (active === undefined || secure === undefined || timeout === undefined) return null;
    return active === 1 && secure === 1 && timeout > 0 && timeout <= secondsMax;
  });
  return joinSessions(locking);
}
