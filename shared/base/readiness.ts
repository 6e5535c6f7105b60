/** What a service start sends to systemd, and how its answer reads; the programs start the process themselves. */

/** A program to run with nothing but these words and this environment. */
export interface ReadinessCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

// A program of systemd's, since Node cannot send to the datagram socket that systemd listens at.
const notifyProgram = "/usr/bin/systemd-notify";

/** Returns how the end of a start is announced where NOTIFY_SOCKET asks for it, else null. */
export function readinessCall(
  environment: Readonly<Record<string, string | undefined>>,
  program = notifyProgram,
): ReadinessCall | null {
  const socket = environment["NOTIFY_SOCKET"];
  if (socket === undefined) return null;
  return { program, args: ["--ready"], environment: { NOTIFY_SOCKET: socket }, timeoutMs: 10_000 };
}

/** Returns why the announcement failed, or null. */
export function readinessTrouble(end: number | Error | null): string | null {
  if (end instanceof Error) return end.message;
  return end === 0 ? null : `exit code ${end}`;
}
