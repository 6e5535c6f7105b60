/** Judges device management and directory of Windows. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { member, textMember } from "../json-shape.ts";

/** Judges `[{ State, Provider }]` of the Enrollments keys: state 1 with Microsoft's provider is MDM. */
export function judgeWindowsEnrolment(answer: unknown): Reading {
  if (!Array.isArray(answer)) return notParsed;
  return known(
    answer.some(
      (key: unknown) =>
        member(key, "State") === 1 && textMember(key, "Provider") === "MS DM Server",
    ),
  );
}

/** Judges `{ PartOfDomain, CloudJoined }`: registry and CIM tell it without any user's context. */
export function judgeWindowsDomain(answer: unknown): Reading {
  const domain = member(answer, "PartOfDomain");
  const cloud = member(answer, "CloudJoined");
  if (typeof domain !== "boolean" || typeof cloud !== "boolean") return notParsed;
  return known(domain || cloud);
}

/**
 * Reads `dsregcmd /status`, the answer where the registry could not be read: values follow the first
 * ` : ` and may hold colons themselves.
 */
export function judgeDsregcmd(text: string): Reading {
  const value = (name: string) =>
    new RegExp(`^\\s*${name} : (YES|NO)\\s*$`, "m").exec(text)?.[1] ?? null;
  const joined = ["AzureAdJoined", "EnterpriseJoined", "DomainJoined"].map(value);
  if (joined.includes("YES")) return known(true);
  return joined.every((answer) => answer === "NO") ? known(false) : notParsed;
}
