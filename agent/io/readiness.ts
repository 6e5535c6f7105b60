/** Tells systemd when the start is done, so that whoever waits for the unit finds it serving. */
import { execFile } from "node:child_process";
import { once } from "node:events";

// A program of systemd's, since Node cannot send to the datagram socket that systemd listens at.
const notifyProgram = "/usr/bin/systemd-notify";
const deadlineMs = 10_000;

/** Announces the start where NOTIFY_SOCKET asks for it; returns why it could not, else null. */
export async function announceReady(
  environment: Readonly<Record<string, string | undefined>>,
  program = notifyProgram,
): Promise<string | null> {
  const socket = environment["NOTIFY_SOCKET"];
  if (socket === undefined) return null;
  const env = { NOTIFY_SOCKET: socket };
  const child = execFile(program, ["--ready"], { env, timeout: deadlineMs });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code === 0 ? null : `exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
