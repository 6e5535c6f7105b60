import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EnrolmentStore } from "../../ports/enrolment-store.ts";
import type { Sealing } from "../keys/sealing.ts";
import { openIdentity, sealNewSecret } from "./gateway-secret.ts";
import { keepRefusedJoinings } from "./refused-joinings.ts";
import type { StoreThreads } from "./store-threads.ts";

/** A used up pool, and a key that another identity holds. */
const answers: ReadonlySet<ErrorCode> = new Set(["SP-807", "SP-705"]);

/** Returns the transactions of joining over the store's threads. */
export function makeEnrolmentStore(
  threads: Pick<StoreThreads, "read" | "write">,
  sealing: Sealing,
  clock: Pick<Clock, "monotonicMs">,
): EnrolmentStore {
  return {
    async lookup(request) {
      const found = await threads.read("enrolment.lookUp", request);
      return found.kind === "known"
        ? { kind: "known", record: openIdentity(sealing, found.record) }
        : found;
    },
    async enrol(order) {
      const sealedPsk = sealNewSecret(sealing, order.id);
      try {
        const outcome = await threads.write("identity.enrol", { order, sealedPsk });
        return outcome.kind === "enrolled"
          ? { kind: "enrolled", record: openIdentity(sealing, outcome.record) }
          : outcome;
      } catch (error) {
        // These undo the transaction, yet they are answers and no failures of ours.
        if (error instanceof CodedError && answers.has(error.code)) {
          return { kind: "refused", error: { code: error.code, params: error.params } };
        }
        throw error;
      }
    },
    identityAuthorities: (nowAt) => threads.read("enrolment.authorities", nowAt),
    keepRefusal: keepRefusedJoinings(threads, clock),
    keepCertificate: (certificate) => threads.write("certificate.keep", certificate),
  };
}
