/** How near the end of a person's sign-in is; renewed in time, nothing closes. */
import { type StatusLine, signInMarks } from "../cli/status-line.ts";
import { minuteMs } from "#shared/base/time-span.ts";

/** Returns the status as it stands at an instant: with the last mark that the sign-in has passed. */
export function asOf(status: StatusLine | null, at: number): StatusLine | null {
  const { session } = status ?? {};
  if (status === null || session?.user === undefined || session.until === undefined) return status;
  const left = Date.parse(session.until) - at;
  const passed = signInMarks.filter((minutes) => left <= minutes * minuteMs).at(-1);
  const endsInMinutes = left <= 0 ? 0 : passed;
  return endsInMinutes === undefined
    ? status
    : { ...status, session: { ...session, endsInMinutes } };
}

/** Tells whether time alone will change what `asOf` says. */
export function willEnd(status: StatusLine | null): boolean {
  return status?.session?.user !== undefined && status.session.until !== undefined;
}
