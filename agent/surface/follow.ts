/** Keeps icon, menu and notices at what the agent says, and at what time alone changes of it. */
import type { AgentSource } from "./agent-source.ts";
import type { Desktop } from "./desktop.ts";
import { faceOf } from "./face.ts";
import { menuOf } from "./menu.ts";
import { type Shown, steadyFace } from "./steady-face.ts";
import { beginTelling, nextDueMs, putOff, tell } from "./telling.ts";

/** What follows an agent until it is stopped. */
export interface Following {
  /** Tells the notice of a cause again in a while. */
  readonly putOff: (cause: string) => void;
  readonly stop: () => void;
}

/** Begins with what is known now, which is no news. */
export function follow(
  desktop: Pick<Desktop, "show" | "tell" | "withdraw">,
  source: Pick<AgentSource, "status" | "onChange">,
): Following {
  let shown: Shown | null = null;
  let telling = beginTelling(source.status(), performance.now());
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const status = source.status();
    const nowMs = performance.now();
    const steady = steadyFace(shown, faceOf(status), nowMs);
    shown = steady.shown;
    desktop.show(shown.face, status?.hideTray === true ? [] : menuOf(status, shown.face));
    const next = tell(telling, status, nowMs);
    telling = next.telling;
    for (const cause of next.over) desktop.withdraw(cause);
    for (const notice of next.now) desktop.tell(notice);
    wakeIn(steady.changesInMs);
  };
  const wakeIn = (changesInMs: number | null): void => {
    clearTimeout(timer);
    const dueMs = nextDueMs(telling);
    const waits = [changesInMs, dueMs === null ? null : dueMs - performance.now()];
    const nextMs = Math.min(...waits.flatMap((ms) => ms ?? []));
    // Timers may be early by a part of a millisecond.
    if (Number.isFinite(nextMs)) timer = setTimeout(look, Math.max(0, Math.ceil(nextMs)) + 1);
  };
  look();
  const end = source.onChange(look);
  return {
    putOff: (cause) => {
      telling = putOff(telling, cause, performance.now());
      look();
    },
    stop: () => {
      clearTimeout(timer);
      end();
    },
  };
}
