/** Asks a device to look at its signals again. */
import type { Step } from "../context.ts";
import type { Posture } from "../state.ts";
import type { Link } from "./link.ts";

const recheckEveryMs = 30_000;
const answerWithinMs = 30_000;

/** Sends `recheck` for the signals (none = all). */
export function sendRecheck(step: Step, link: Link, signals: readonly string[]): void {
  const id = step.context.newId("evt", step.now);
  const args = signals.length === 0 ? {} : { signals: [...signals] };
  const deadlineAt = Math.floor(step.now + answerWithinMs);
  step.effects.push({
    kind: "send",
    link: link.id,
    message: { kind: "command", id, verb: "recheck", args, deadlineAt },
  });
}

/** Sends `recheck` for all signals, at most every 30 s: both sides mean different facts. */
export function recheckAfterMismatch(step: Step, link: Link, posture: Posture): void {
  if (step.now - posture.recheckedAt < recheckEveryMs) return;
  posture.recheckedAt = step.now;
  sendRecheck(step, link, []);
}
