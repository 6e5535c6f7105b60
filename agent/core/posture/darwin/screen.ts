/** Judges whether a Mac's screen locks by itself. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";

/** A screen that waits longer than this before it locks does not lock. */
const secondsMax = 900;

/**
 * Judges `sysadminctl -screenLock status` (on standard error, behind a timestamp), the screen saver's
 * idle time in seconds and `displaysleep` of `pmset -g` in minutes; zero means never.
 */
export function judgeMacScreen(outputs: {
  readonly screenLock: string;
  readonly idleTime: string;
  readonly pmset: string;
}): Reading {
  if (/screenLock is off\b/.test(outputs.screenLock)) return known(false);
  const told = /screenLock delay is (immediate|-?\d+(?:\.\d+)?)(?: seconds)?\.?[ \t]*$/m.exec(
    outputs.screenLock,
  )?.[1];
  if (told === undefined) return notParsed;
  const delay = told === "immediate" ? 0 : Number(told);
  if (delay < 0) return known(false);
  const idle = /^\d{1,9}$/.exec(outputs.idleTime.trim())?.[0];
  const sleep = /^[ \t]*displaysleep[ \t]+(\d{1,6})\b/m.exec(outputs.pmset)?.[1];
  if (idle === undefined && sleep === undefined) return noData;
  const starts = [Number(idle ?? 0), Number(sleep ?? 0) * 60].filter((seconds) => seconds > 0);
  return known(starts.length > 0 && Math.min(...starts) + delay <= secondsMax);
}
