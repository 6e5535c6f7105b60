/** Asks the person's session whether it locks. Not run on a real Mac. */
import { stat } from "node:fs/promises";
import { judgeMacScreen } from "../../../core/posture/darwin/screen.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** Screen lock of the person at the console, asked in that person's session. */
export async function collectMacScreen(): Promise<readonly Observation[]> {
  const { uid } = await stat("/dev/console");
  if (uid === 0) {
    const nobody = { kind: "notApplicable", proof: "no graphical session" } as const;
    return told([["screen.locks", nobody]], []);
  }
  const asPerson = (tool: string, args: readonly string[]) =>
    output("/bin/launchctl", ["asuser", `${uid}`, "/usr/bin/sudo", "-u", `#${uid}`, tool, ...args]);
  const lock = await asPerson("/usr/sbin/sysadminctl", ["-screenLock", "status"]);
  const idle = await asPerson("/usr/bin/defaults", [
    "-currentHost",
    "read",
    "com.apple.screensaver",
    "idleTime",
  ]);
  const power = await output("/usr/bin/pmset", ["-g"]);
  const reading = judged(lock, () =>
    judgeMacScreen({
      screenLock: `${lock.text}${lock.errors}`,
      idleTime: idle.text,
      pmset: power.text,
    }),
  );
  return told([["screen.locks", reading]], [lock, idle, power]);
}
