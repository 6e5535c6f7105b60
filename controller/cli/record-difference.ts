/** What a file would change of a record, so that it can be looked at before it is done. */
import { isDeepStrictEqual } from "node:util";
import type { Answer } from "./output.ts";
import { cellText, tableText } from "./table.ts";

const differs = 1;

/** One member of a record that would be another. */
interface MemberChange {
  readonly member: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One record that a file names. */
export interface RecordDifference {
  readonly name: string;
  readonly change: "added" | "changed" | "removed" | "same";
  readonly members: readonly MemberChange[];
}

/** Returns what differs; members that `wanted` leaves out stay as they are. */
export function differenceOf(
  name: string,
  held: Readonly<Record<string, unknown>> | null,
  wanted: Readonly<Record<string, unknown>>,
): RecordDifference {
  const members = Object.entries(wanted)
    .filter(([member, after]) => !isDeepStrictEqual(held?.[member], after))
    .map(([member, after]) => ({ member, before: held?.[member] ?? null, after }));
  if (held === null) return { name, change: "added", members };
  return { name, change: members.length === 0 ? "same" : "changed", members };
}

/** Answers with what would change; exit 1 where anything would. */
export function differenceAnswer(records: readonly RecordDifference[]): Answer {
  const changed = records.filter(({ change }) => change !== "same");
  const rows = changed.flatMap(({ name, change, members }) =>
    members.length === 0
      ? [[name, change, "", "", ""]]
      : members.map(({ member, before, after }) => [name, change, member, before, after]),
  );
  const head = ["NAME", "WOULD BE", "MEMBER", "NOW", "THEN"];
  return {
    schema: "sallyport.difference/1",
    data: { records },
    text: changed.length === 0 ? "no difference" : tableText(head, rows),
    exit: changed.length === 0 ? 0 : differs,
  };
}

/** Answers that a record would be gone. */
export function removalAnswer(name: string): Answer {
  return differenceAnswer([{ name, change: "removed", members: [] }]);
}

/** Says how many records were applied, and which of them are other than before. */
export function appliedText(what: string, records: readonly RecordDifference[]): string {
  const count = `${records.length} ${what}${records.length === 1 ? "" : "s"} applied`;
  const changes = records
    .filter(({ change }) => change !== "same")
    .map(({ name, change }) => `${cellText(name)} ${change}`);
  return changes.length === 0 ? `${count}, nothing changed` : `${count}: ${changes.join(", ")}`;
}
