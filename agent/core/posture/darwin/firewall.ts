/** Judges the application firewall of macOS. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";

/** Judges the application firewall from `socketfilterfw --getglobalstate`: state 1 or 2 is on. */
export function judgeMacFirewall(text: string): Reading {
  const state = /\(State = ([012])\)/.exec(text)?.[1];
  return state === undefined ? notParsed : known(state !== "0");
}
