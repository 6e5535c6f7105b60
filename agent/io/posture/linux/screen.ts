/** Asks each graphical session, as its own user, whether it locks. */
import { stat } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { noData, unknown } from "#shared/posture/reading.ts";
import {
  hasHiddenDesktop,
  joinSessions,
  judgeGnome,
  judgeKde,
  readSession,
} from "../../../core/posture/screen.ts";
import type { Locking, Session } from "../../../core/posture/screen.ts";
import { runTool } from "../command.ts";
import type { Account } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfAllowed } from "../read-file.ts";

const toolDeadlineMs = 5_000;
const loginctl = ["/usr/bin/loginctl", "/bin/loginctl"];
const shown = ["Name", "User", "Type", "Class", "State", "Desktop", "Seat"].flatMap((name) => [
  "-p",
  name,
]);

/** Returns the fact `screen.locks`. */
export async function collectScreen(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const texts: string[] = [];
  const reading = await readScreen(texts);
  return observe([["screen.locks", reading]], {
    collector: "screen",
    collectorVersion: 1,
    by: "os",
    text: texts.join("\n"),
    tookMs: performance.now() - startedAt,
  });
}

async function readScreen(texts: string[]): Promise<Reading> {
  // Without logind there is no list of sessions, and so no proof that there is none.
  const logind = await stat("/run/systemd/seats").catch(() => null);
  if (logind === null) return noData;
  const list = await runTool({
    candidates: loginctl,
    args: ["list-sessions", "--no-legend", "--no-pager"],
    deadlineMs: toolDeadlineMs,
  });
  if (list.kind === "failed") return unknown(list.reason);
  if (list.exitCode !== 0) return noData;
  const locking: Locking[] = [];
  const sessions: string[] = [];
  for (const line of list.stdout.split("\n")) {
    const id = /^\s*([A-Za-z0-9]{1,16})\s/.exec(line)?.[1];
    if (id === undefined) continue;
    const run = await runTool({
      candidates: loginctl,
      args: ["show-session", id, ...shown],
      deadlineMs: toolDeadlineMs,
    });
    if (run.kind === "failed" || run.exitCode !== 0) {
      // A session that nobody could look at is no proof that it is not a graphical one.
      locking.push(null);
      continue;
    }
    texts.push(run.stdout);
    sessions.push(run.stdout);
    const session = readSession(run.stdout);
    if (session !== null) locking.push(await askSession(session, texts));
  }
  const sockets = (await readIfAllowed("/proc/net/unix")) ?? "";
  if (hasHiddenDesktop(sessions, sockets)) locking.push(null);
  return joinSessions(locking);
}

async function askSession({ uid, desktop }: Session, texts: string[]): Promise<Locking> {
  const person = await personOf(uid);
  if (person === null) return null;
  if (/gnome|ubuntu|unity|pantheon|budgie/.test(desktop)) return askGnome(person, texts);
  return /kde|plasma/.test(desktop) ? askKde(person, texts) : null;
}

interface Person extends Account {
  readonly home: string;
}

async function askGnome({ uid, gid }: Person, texts: string[]): Promise<Locking> {
  const get = async (schema: string, key: string) => {
    const run = await runTool({
      candidates: ["/usr/bin/gsettings"],
      args: ["get", schema, key],
      deadlineMs: toolDeadlineMs,
      as: { uid, gid },
    });
    const text = run.kind === "ended" && run.exitCode === 0 ? run.stdout : "";
    texts.push(`${schema} ${key}: ${text.trim()}`);
    return text;
  };
  const screensaver = "org.gnome.desktop.screensaver";
  return judgeGnome({
    lockEnabled: await get(screensaver, "lock-enabled"),
    lockDelay: await get(screensaver, "lock-delay"),
    idleDelay: await get("org.gnome.desktop.session", "idle-delay"),
    lockDisabled: await get("org.gnome.desktop.lockdown", "disable-lock-screen"),
  });
}

/** The file is read as its user: root would follow a link in a home to anywhere. */
async function askKde({ uid, gid, home }: Person, texts: string[]): Promise<Locking> {
  const run = await runTool({
    candidates: ["/usr/bin/cat", "/bin/cat"],
    args: ["--", `${home}/.config/kscreenlockerrc`],
    deadlineMs: toolDeadlineMs,
    as: { uid, gid },
  });
  if (run.kind === "failed") return null;
  texts.push(run.stdout);
  const absent = run.exitCode !== 0 && run.stderr.includes("No such file or directory");
  return run.exitCode === 0 || absent ? judgeKde(run.stdout) : null;
}

async function personOf(uid: number): Promise<Person | null> {
  const passwd = (await readIfAllowed("/etc/passwd")) ?? "";
  const account = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[2] === String(uid));
  const [gid, home] = [account?.[3], account?.[5]];
  if (gid === undefined || home === undefined || !/^\d+$/.test(gid)) return null;
  return { uid, gid: Number(gid), home };
}
