import type { ErrorRef } from "#shared/base/coded-error.ts";
import type {
  EnrolAnswer,
  EnrolRequest,
  IdentityRequest,
  RenewAnswer,
} from "#shared/protocol/enrolment.ts";
import type { ClientLeaf } from "./client-leaf.ts";

/** Enrolment and late renewal as the hub calls them, after its rate limits and schemas. */
export interface Enrolment {
  enrol(request: EnrolRequest, remoteAddress: string): Promise<EnrolmentResult<EnrolAnswer>>;
  /** Answers a challenge where the request holds no proof. */
  enrolByIdentity(
    request: IdentityRequest,
    remoteAddress: string,
  ): Promise<EnrolmentResult<EnrolAnswer> | EnrolmentChallenge>;
  /** The handshake with the (perhaps expired) certificate was the proof. */
  renew(
    leaf: ClientLeaf,
    remoteAddress: string,
    csr: string | undefined,
  ): Promise<EnrolmentResult<RenewAnswer>>;
}

/** What an identity has to sign first. */
export interface EnrolmentChallenge {
  readonly kind: "challenge";
  readonly challenge: string;
}

/** Answer to a request to join or renew. */
export type EnrolmentResult<T> =
  | { readonly kind: "answer"; readonly answer: T }
  | { readonly kind: "pending"; readonly retryAfterSeconds: number }
  | { readonly kind: "refused"; readonly error: ErrorRef };
