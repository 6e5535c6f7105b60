/** Tells systemd when the start is done, so that whoever waits for the unit finds it serving. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readinessCall, readinessTrouble } from "#shared/base/readiness.ts";

/** Announces the start where the environment asks for it; returns why it could not, else null. */
export async function announceReady(
  ...asked: Parameters<typeof readinessCall>
): Promise<string | null> {
  const call = readinessCall(...asked);
  if (call === null) return null;
  const { program, args, environment: env, timeoutMs: timeout } = call;
  const child = execFile(program, args, { env, timeout });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return readinessTrouble(code);
  } catch (error) {
    return readinessTrouble(error instanceof Error ? error : new Error(String(error)));
  }
}
