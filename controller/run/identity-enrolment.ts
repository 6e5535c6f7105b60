/** Joining by an identity of device management: a challenge first, then the proof, used once. */
import { identityProofText } from "#shared/protocol/identity-proof.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Enrolment } from "../ports/enrolment.ts";
import { provedByIdentity } from "../ports/enrolment-store.ts";
import { type EnrolmentParts, guarded, joinBy, noteResult } from "./enrolment.ts";

const challengeBytes = 32;
const challengeMs = 120_000;
/** More than these at once are forgotten, oldest first: whoever floods only makes others ask again. */
const challengesMax = 10_000;

/** Challenges that wait for their proof. */
interface Challenges {
  issue(): string;
  /** True once, within two minutes. */
  spend(challenge: string): boolean;
}

function makeChallenges(
  clock: Pick<Clock, "monotonicMs">,
  crypto: Pick<Crypto, "randomBytes">,
): Challenges {
  const open = new Map<string, number>();
  return {
    issue() {
      const challenge = Buffer.from(crypto.randomBytes(challengeBytes)).toString("base64url");
      open.set(challenge, clock.monotonicMs() + challengeMs);
      const [oldest] = open.keys();
      if (open.size > challengesMax && oldest !== undefined) open.delete(oldest);
      return challenge;
    },
    spend(challenge) {
      const until = open.get(challenge) ?? -Infinity;
      open.delete(challenge);
      return clock.monotonicMs() < until;
    },
  };
}

/** Returns the request that an identity makes. */
export function makeIdentityEnrolment(parts: EnrolmentParts): Enrolment["enrolByIdentity"] {
  const { clock, crypto, store, authority } = parts;
  const challenges = makeChallenges(clock, crypto);
  return async (request, remoteAddress) => {
    const { chain, proof } = request.identity;
    if (proof === undefined) return { kind: "challenge", challenge: challenges.issue() };
    const result = await guarded(parts, async () => {
      const { challenge, signature } = proof;
      if (!challenges.spend(challenge)) return refused("its challenge is over or was used");
      const nowAt = clock.nowAt();
      const { csr, wgPublicKey } = request;
      const text = identityProofText({ challenge, csr, wgPublicKey });
      const authorities = await store.identityAuthorities(nowAt);
      const verdict = authority.verifyIdentity({ chain, signature, text }, authorities, nowAt);
      if (verdict.kind === "refused") return refused(verdict.why);
      const { keyId, attestation } = verdict;
      const credential = { keyId, secretSha256: provedByIdentity, attestation };
      return joinBy(parts, { credential, request, remoteAddress });
    });
    noteResult(parts, result, { request, remoteAddress });
    return result;
  };
}

function refused(why: string) {
  return { kind: "refused", error: { code: "SP-106", params: { why } } } as const;
}
