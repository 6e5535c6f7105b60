/** Judges the profiles of Windows' firewall and the services behind them. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { asObject, member, textMember } from "../json-shape.ts";
import { integer } from "./answer.ts";

const profileNames = ["Domain", "Private", "Public"];

const inboundAllow = 2;

/** Judges `{ Profiles: [{ Name, Enabled, DefaultInboundAction }], Services: { mpssvc, BFE } }`. */
export function judgeWindowsFirewall(answer: unknown): Reading {
  const profiles = member(answer, "Profiles");
  const services = member(answer, "Services");
  if (!Array.isArray(profiles) || asObject(services) === null) return notParsed;
  const found = profileNames.map((name) =>
    profiles.find((profile: unknown) => textMember(profile, "Name") === name),
  );
  const states = found.map((profile) => ({
    enabled: switchOf(member(profile, "Enabled")),
    inbound: integer(profile, "DefaultInboundAction"),
  }));
  const running = ["mpssvc", "BFE"].map((name) => member(services, name));
  if (states.some(({ enabled, inbound }) => enabled === false || inbound === inboundAllow)) {
    return known(false);
  }
  if (running.includes(false)) return known(false);
  const whole =
    states.every(({ enabled, inbound }) => enabled === true && (inbound === 0 || inbound === 4)) &&
    running.every((state) => state === true);
  return whole ? known(true) : notParsed;
}

/** GpoBoolean: 0 off, 1 on, 2 not configured; some versions print booleans. */
function switchOf(value: unknown): boolean | null {
  if (value === true || value === 1) return true;
  return value === false || value === 0 ? false : null;
}
