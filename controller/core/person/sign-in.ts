/** What a device asks for its person: a page to sign in at, or to be signed out. */
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import type { Step } from "../context.ts";
import type { Link } from "../session/link.ts";
import type { DeviceState } from "../state.ts";
import { changeSession } from "./person-change.ts";

/** Takes a device's wish to sign its person in or out. */
export function takeSignIn(
  step: Step,
  { link, device }: { readonly link: Link; readonly device: DeviceState },
  asked: AgentMessageOf<"signIn">,
): void {
  const { effects, now } = step;
  const { ref } = asked;
  if (asked.verb === "end") {
    const { session } = device;
    if (session !== null) {
      changeSession(step, device.record.id, null);
      const write = { kind: "userSessionEnd", session: session.id, at: now } as const;
      effects.push({ kind: "write", token: null, writes: [write] });
    }
    const message = { kind: "signInAnswer", ref, result: "ended" } as const;
    effects.push({ kind: "send", link: link.id, message });
    return;
  }
  if (device.record.status !== "active") {
    const why = `this device is ${device.record.status}`;
    const message = { kind: "signInAnswer", ref, result: "refused", why } as const;
    effects.push({ kind: "send", link: link.id, message });
    return;
  }
  const { strength, maxAgeSeconds } = asked;
  const { id, name } = device.record;
  effects.push({
    kind: "signInPage",
    link: link.id,
    ref,
    ticket: { device: id, name, strength, maxAgeSeconds },
  });
}
