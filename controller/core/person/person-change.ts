/** Takes changed people and sign-ins into the state; who may no longer loses it within the same step. */
import { evaluateDevice } from "../access/evaluate.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import type { UserRecord, UserSession } from "./user-record.ts";
import { signedInOn } from "./user-session.ts";

/** Takes a person as it is now; null: it is gone. */
export function changeUser(step: Step, id: string, record: UserRecord | null): void {
  const { state } = step;
  if (record === null) state.users.delete(id);
  else state.users.set(id, record);
  for (const device of state.devices.values()) {
    if (device.session?.user !== id) continue;
    if (record?.active !== true) device.session = null;
    felt(step, device);
  }
}

/** Takes a sign-in on a device; null: nobody is signed in there. */
export function changeSession(step: Step, id: string, session: UserSession | null): void {
  const device = step.state.devices.get(id);
  if (device === undefined) return;
  device.session = session;
  felt(step, device);
}

function felt(step: Step, device: DeviceState): void {
  // Grants go first: telling the person can wait.
  evaluateDevice(step, device);
  sendUserSession(step, device);
}

/** Tells the device who is signed in on it. */
export function sendUserSession(step: Step, device: DeviceState): void {
  const { link } = device;
  if (link?.phase !== "greeted") return;
  const found = signedInOn(step.state, device, step.now);
  const told =
    found === null
      ? { user: null }
      : { user: { id: found.user.id, name: found.user.name }, ...timesOf(found.session) };
  const message = { kind: "userSession", ...told } as const;
  step.effects.push({ kind: "send", link: link.id, message });
}

function timesOf({ authAt, expiresAt, acr }: UserSession) {
  return { authAt: Math.floor(authAt), expiresAt: Math.floor(expiresAt), acr };
}
