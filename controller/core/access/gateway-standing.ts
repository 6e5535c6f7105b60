/** Tells a gateway that an administrator holds it, so that it says so to whoever asks there. */
import type { Step } from "../context.ts";
import type { GatewayState } from "../state.ts";

/** Sends a verdict without anything else in it: a gateway reaches nothing itself. */
export function sendStanding(step: Step, { link, record }: GatewayState): void {
  if (link?.phase !== "greeted") return;
  const held = record.status === "quarantined" ? { held: "quarantined" as const } : {};
  const version = Math.floor(step.now);
  step.effects.push({
    kind: "send",
    link: link.id,
    message: { kind: "verdict", version, levels: [], resources: [], ...held },
  });
}
