/**
 * Whose the sign-in on this device is among its local users: who began it may end it.
 *
 *   nobody's ──page for a user──▶ begun ──signed in──▶ that user's ──signed out, past its end──▶ nobody's
 *                                   │
 *                                   └──signed in by root, or unknown who began──▶ unknown
 */
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import type { AgentState } from "../state.ts";
import type { Owner, SignedIn, SignedInBy } from "./signed-in.ts";

/** Returns by whom somebody is signed in; `at` is an instant of the controller's clock. */
export function signedInBy({ signedIn, owner }: AgentState, at: number): SignedInBy {
  if (signedIn.user === null || (signedIn.expiresAt ?? Infinity) <= at) return { kind: "nobody" };
  return isOf(owner, signedIn) ? { kind: "user", uid: owner.uid } : { kind: "unknown" };
}

/** Returns who owns a sign-in that the controller tells of; one that it tells again keeps its owner. */
export function ownerOf(
  { owner, begun, signedIn }: AgentState,
  told: ControllerMessageOf<"userSession">,
): Owner | null {
  const { user, authAt = 0 } = told;
  if (user === null) return null;
  if (isOf(owner, told)) return owner;
  const isNews = signedIn.user?.id !== user.id || (signedIn.authAt ?? 0) !== authAt;
  // Root signs in for others: whose it is, nobody knows.
  if (!isNews || begun === null || !begun.page || begun.uid === 0) return null;
  return { uid: begun.uid, user: user.id, authAt };
}

function isOf(owner: Owner | null, { user, authAt = 0 }: SignedIn): owner is Owner {
  return owner !== null && owner.user === user?.id && owner.authAt === authAt;
}
