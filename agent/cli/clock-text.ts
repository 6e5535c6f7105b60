/** Instants as the clock on the wall shows them to the person at this machine. */

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Returns hour and minute of an RFC 3339 instant, with the date where it is not today; other text stays. */
export function clockText(instant: string, nowMs: number): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const [day, today] = [dateText(at), dateText(new Date(nowMs))];
  return day === today ? hourText(at) : `${day}, ${hourText(at)}`;
}

/** Returns all of it, here and in UTC, to be compared with a log. */
export function exactText(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const second = `:${two(at.getSeconds())}`;
  const utc = at.toISOString().replace("T", " ").replace("Z", " UTC");
  return `${dateText(at)}, ${hourText(at)}${second} here; ${utc}`;
}

function dateText(at: Date): string {
  return `${at.getDate()} ${months[at.getMonth()] ?? ""} ${at.getFullYear()}`;
}

function hourText(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
