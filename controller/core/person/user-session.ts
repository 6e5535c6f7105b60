/** Who is signed in on a device, as decisions see it. */
import type { Input } from "#shared/policy/input.ts";
import type { ControllerState, DeviceState } from "../state.ts";
import type { UserRecord, UserSession } from "./user-record.ts";

/** Who is signed in now, and until when; null: nobody, or somebody who may no longer be. */
export function signedInOn(
  state: Pick<ControllerState, "users">,
  device: Pick<DeviceState, "session">,
  now: number,
): { readonly session: UserSession; readonly user: UserRecord } | null {
  const { session } = device;
  if (session === null || session.expiresAt <= now) return null;
  const user = state.users.get(session.user);
  return user?.active === true ? { session, user } : null;
}

/** Returns the person that a decision about the device depends on. */
export function userInput(
  state: Pick<ControllerState, "users">,
  device: Pick<DeviceState, "session">,
  now: number,
): Pick<Input, "user"> {
  const found = signedInOn(state, device, now);
  if (found === null) return {};
  const { acr, amr, authAt } = found.session;
  const { id, groups } = found.user;
  return { user: { id, groups, acr, amr, authAt } };
}
