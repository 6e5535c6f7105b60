/** Judges the application firewall of macOS. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";
import { profileItems } from "./profile.ts";

const states: Readonly<Record<string, boolean>> = {
  spfirewall_globalstate_allow_all: false,
  spfirewall_globalstate_limit_connections: true,
  spfirewall_globalstate_block_all: true,
};

/** Judges `system_profiler -json SPFirewallDataType`, whose words are keys and not translated. */
export function judgeProfiledFirewall(text: string): Reading {
  const [item] = profileItems(text, "SPFirewallDataType") ?? [];
  const word = textMember(item, "spfirewall_globalstate");
  const on = word !== undefined && Object.hasOwn(states, word) ? states[word] : undefined;
  return on === undefined ? notParsed : known(on);
}

/** Judges the application firewall from `socketfilterfw --getglobalstate`: state 1 or 2 is on. */
export function judgeMacFirewall(text: string): Reading {
  const state = /\(State = ([012])\)/.exec(text)?.[1];
  return state === undefined ? notParsed : known(state !== "0");
}
