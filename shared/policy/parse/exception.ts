/** Reads exceptions: allows that name who answers for them, under which ticket, and until when. */
import { parseInstant } from "../civil-time.ts";
import type { Condition } from "../condition.ts";
import type { PolicyDefinition } from "../document.ts";
import { readCondition } from "./condition.ts";
import { readRequirements, readSelector, readSubjects } from "./policy.ts";
import { readLease } from "./resource.ts";
import {
  clip,
  type Node,
  placeOf,
  readFields,
  readName,
  readText,
  refuse,
  type Source,
} from "./source.ts";

/** Reads one exception as the policy that it is: an allow that ends by itself and never beats a deny. */
export function readException(source: Source, node: Node): PolicyDefinition | undefined {
  const fields = readFields(source, node, {
    required: ["id", "subjects", "resources", "expires", "ticket", "owner"],
    allowed: ["when", "require", "leaseSeconds", "reason"],
    what: "an exception",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const id = readName(source, part("id"), "an exception's id");
  const subjects = readSubjects(source, part("subjects"));
  const resources = readSelector(source, part("resources"));
  const expiresAt = readInstant(source, part("expires"), "expires");
  const ticket = readText(source, part("ticket"), { what: "ticket", max: 64 });
  const owner = readText(source, part("owner"), { what: "owner" });
  const when = part("when");
  const condition = when === undefined ? undefined : readCondition(source, when);
  if (id === undefined || subjects === undefined || resources === undefined) return undefined;
  if (expiresAt === undefined || ticket === undefined) return undefined;
  const at = placeOf(source, fields.node);
  const life: Condition = { kind: "until", untilAt: expiresAt, at };
  return {
    id,
    effect: "allow",
    mode: "enforce",
    subjects,
    resources,
    when: condition === undefined ? life : { kind: "all", of: [life, condition], at },
    require: readRequirements(source, part("require")),
    leaseSeconds: readLease(source, part("leaseSeconds")),
    owner,
    exception: {
      expiresAt,
      ticket,
      reason: readText(source, part("reason"), { what: "reason", max: 512 }),
    },
    at,
  };
}

/** Reads an instant in UTC, `2026-12-31` or `2026-12-31T12:00:00Z`. */
function readInstant(source: Source, node: Node | undefined, what: string): number | undefined {
  const text = readText(source, node, { what });
  if (text === undefined || node === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant !== null) return instant;
  const why = `${what} \`${clip(text)}\` is no instant in UTC such as 2026-12-31 or 2026-12-31T12:00:00Z`;
  return refuse(source, node, { why });
}
