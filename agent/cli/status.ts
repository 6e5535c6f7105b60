/** `sallyport status`, and waiting for a status that somebody wants. */
import { setTimeout as delay } from "node:timers/promises";
import { CodedError } from "#shared/base/coded-error.ts";
import type { StatusState } from "../core/local/status.ts";
import { placesOf, type Places } from "../io/places.ts";
import { askAgent, openAgent, requireOk } from "./agent-client.ts";
import type { ExchangeAnswer } from "./exchange.ts";
import { print, printJson } from "./output.ts";
import { type StatusLine, statusLine, statusLines } from "./status-line.ts";

/** What `status` was asked. */
export interface StatusOptions {
  readonly wait?: StatusState;
  readonly timeout: number;
  readonly json?: boolean;
}

/** No daemon yet, no agent behind it yet, or too many callers: what a moment may change. */
const comesBack: ReadonlySet<string> = new Set(["SP-401", "SP-406", "SP-411"]);
const againMs = 250;

/** Shows the status; exit 0 where everything is open, 1 where something is not. */
export async function status(options: StatusOptions): Promise<number> {
  const places = placesOf(process.env);
  const { wait } = options;
  const found =
    wait === undefined
      ? readStatus(await askAgent(places, "status"))
      : await awaitAgent(places, (state) => state === wait, options.timeout);
  if (options.json === true) printJson(found);
  else for (const line of statusLines(found)) print(line);
  return wait !== undefined || found.state === "connected" ? 0 : 1;
}

/**
 * Waits for a state, and for the agent while it is only starting: at boot, in a script or in an
 * upgrade. Throws SP-707 when the time is over, or why nobody answered where nobody ever did.
 */
async function awaitAgent(
  places: Places,
  wanted: (state: StatusState) => boolean,
  timeoutMs: number,
): Promise<StatusLine> {
  const endMs = performance.now() + timeoutMs;
  const left = (): number => Math.max(0, endMs - performance.now());
  let answered = false;
  const heard = ({ state }: StatusLine): boolean => {
    answered = true;
    return wanted(state);
  };
  for (;;) {
    try {
      return await watchStatus(places, heard, left());
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const over = left() === 0;
      if (over && answered) throw new CodedError("SP-707", { seconds: timeoutMs / 1000 });
      if (over || !comesBack.has(error.code)) throw error;
    }
    await delay(Math.min(againMs, left()));
  }
}

/** Watches until a state is wanted; throws SP-707 when the time is over. */
export function awaitStatus(
  places: Places,
  wanted: (state: StatusState) => boolean,
  timeoutMs: number,
): Promise<StatusLine> {
  return watchStatus(places, ({ state }) => wanted(state), timeoutMs);
}

/** Watches until a status is wanted; throws SP-707 when the time is over. */
export async function watchStatus(
  places: Places,
  wanted: (status: StatusLine) => boolean,
  timeoutMs: number,
): Promise<StatusLine> {
  const agent = await openAgent(places);
  const reached = Promise.withResolvers<StatusLine>();
  const timer = setTimeout(
    () => reached.reject(new CodedError("SP-707", { seconds: timeoutMs / 1000 })),
    timeoutMs,
  );
  try {
    const watching = agent
      .ask("watch", {}, (told) => {
        if (!told.ok) return;
        const found = readStatus(told);
        if (wanted(found)) reached.resolve(found);
      })
      .then((answer) => requireOk(answer, "watch"));
    // The time may be over before the agent has answered at all.
    return await Promise.race([reached.promise, watching.then(() => reached.promise)]);
  } finally {
    clearTimeout(timer);
    agent.close();
  }
}

/** Returns the status of an answer; throws SP-205 where it is none. */
export function readStatus(answer: ExchangeAnswer): StatusLine {
  const parsed = statusLine.safeParse(answer["status"]);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues[0]?.message ?? "not understood";
  throw new CodedError("SP-205", { kind: "status", why });
}
