/** Signs the person at this device in and out; the page is the controller's, the agent only carries its address. */
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import { type Step, still } from "../effect.ts";
import type { AgentState, Asker } from "../state.ts";
import { ownerOf } from "./owner.ts";
import type { Peer } from "./request.ts";
import type { SignedIn } from "./signed-in.ts";
import { answerAsker, askController } from "./asked-controller.ts";

/** How strong and how fresh the sign-in is to be. */
export interface SignInAsked {
  readonly strength?: "single" | "mfa" | "phishing_resistant" | undefined;
  readonly maxAgeSeconds?: number | undefined;
}

/** Asks for a page to sign in at, for the local user who asks. */
export function beginSignIn(
  state: AgentState,
  { client, id, peer }: Asker & { readonly peer: Pick<Peer, "uid"> },
  { strength, maxAgeSeconds }: SignInAsked,
): Step {
  let begun = state.begun;
  const asked = askController(state, { client, id }, (ref) => {
    begun = { ref, uid: peer.uid, page: false };
    return {
      kind: "signIn",
      verb: "begin",
      ref,
      ...(strength === undefined ? {} : { strength }),
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    };
  });
  return { ...asked, state: { ...asked.state, begun } };
}

/** Asks to be signed out. */
export function endSignIn(state: AgentState, asker: Asker): Step {
  return askController(state, asker, (ref) => ({ kind: "signIn", verb: "end", ref }));
}

/** Hands the page, or the end, to who asked. */
export function answerSignIn(
  state: AgentState,
  message: ControllerMessageOf<"signInAnswer">,
): Step {
  const { ref, result, url, code, untilAt, why = "the controller refused" } = message;
  if (result === "ended") return answerAsker(state, ref, { ok: true, body: {} });
  if (result === "refused" || url === undefined || code === undefined) {
    return answerAsker(state, ref, { ok: false, error: { code: "SP-705", params: { why } } });
  }
  const until = untilAt === undefined ? null : rfc3339(untilAt);
  const begun = state.begun?.ref === ref ? { ...state.begun, page: true } : state.begun;
  return answerAsker({ ...state, begun }, ref, { ok: true, body: { url, code, until } });
}

/** Keeps who is signed in, and by which local user. */
export function keepSignedIn(state: AgentState, message: ControllerMessageOf<"userSession">): Step {
  const owner = ownerOf(state, message);
  const kept = { ...state, signedIn: message, owner };
  return owner === state.owner
    ? still(kept)
    : { state: kept, effects: [{ kind: "keepOwner", owner }] };
}

/** Returns who is signed in at an instant of the controller's clock, as a status shows it. */
export function signedInShown({ user, authAt, expiresAt, acr }: SignedIn, at: number): object {
  if (user === null || (expiresAt ?? Infinity) <= at) return {};
  return {
    user: user.name,
    ...(authAt === undefined ? {} : { signedInAt: rfc3339(authAt) }),
    ...(expiresAt === undefined ? {} : { until: rfc3339(expiresAt) }),
    ...(acr === undefined ? {} : { acr }),
  };
}
