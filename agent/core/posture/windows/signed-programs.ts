/** Decides which of the vendors' programs on Windows may be run with our rights. */
import type { BesideProbe } from "#shared/posture/edr-product.ts";
import { member, textMember } from "../json-shape.ts";
import { isGuarded } from "./services.ts";

/** Authenticode's word for a signature that holds. */
const valid = 0;

/**
 * Returns the path of a probe's program from `[{ Service, Path, Status, Subject }]`, or null where it is
 * not there, may be anybody's, or bears another's signature.
 */
export function vouchedProgram(answer: unknown, probe: BesideProbe): string | null {
  if (!Array.isArray(answer)) return null;
  const named = answer.filter((each: unknown) =>
    sameName(textMember(each, "Service"), probe.service),
  );
  // Two services of one name do not exist: such an answer is not to be believed.
  const [found] = named.length === 1 ? named : [];
  const path = textMember(found, "Path") ?? "";
  if (member(found, "Status") !== valid || !isGuarded(path)) return null;
  if (!sameName(path.split("\\").at(-1), probe.program)) return null;
  const organisations = organisationsOf(textMember(found, "Subject") ?? "");
  const [only] = organisations.length === 1 ? organisations : [];
  return only !== undefined && probe.publishers.includes(only) ? path : null;
}

function sameName(left: string | undefined, right: string): boolean {
  return left?.toLowerCase() === right.toLowerCase();
}

/** Returns the organisations of a certificate's subject; what is quoted holds commas, and no further parts. */
function organisationsOf(subject: string): readonly string[] {
  const part = /\s*([A-Za-z0-9.]+)=("(?:[^"]|"")*"|[^,"]*)(?:,|$)/y;
  const found: string[] = [];
  while (part.lastIndex < subject.length) {
    const [, name, value] = part.exec(subject) ?? [];
    if (name === undefined || value === undefined) return [];
    if (name.toUpperCase() !== "O") continue;
    found.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value.trim());
  }
  return found;
}
