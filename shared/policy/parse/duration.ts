import { clip, type Node, readText, refuse, type Source } from "./source.ts";

const pattern = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/;

/** Returns the seconds of an ISO 8601 duration of days, hours, minutes and seconds, or null. */
function parseDuration(text: string): number | null {
  const match = pattern.exec(text);
  if (match === null || text.endsWith("P") || text.endsWith("T")) return null;
  const [, days, hours, minutes, seconds] = match;
  const count = (digits: string | undefined) => Number(digits ?? 0);
  return count(days) * 86_400 + count(hours) * 3_600 + count(minutes) * 60 + count(seconds);
}

/** Reads an ISO 8601 duration within inclusive bounds in seconds. */
export function readDuration(
  source: Source,
  node: Node | undefined,
  options: { what: string; min: number; max: number },
): number | undefined {
  const { what, min, max } = options;
  const text = readText(source, node, { what });
  if (text === undefined || node === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds !== null && seconds >= min && seconds <= max) return seconds;
  const why = `${what} \`${clip(text)}\` is not a duration such as PT15M from ${min} s to ${max} s`;
  return refuse(source, node, { why });
}
