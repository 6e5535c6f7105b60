import { CodedError } from "#shared/base/coded-error.ts";
import type { EnrolmentStore } from "../../ports.ts";
import type { Sealing } from "../keys/sealing.ts";
import { openIdentity, sealNewSecret } from "./gateway-secret.ts";
import type { StoreThreads } from "./store-threads.ts";

/** Returns the transactions of joining over the store's threads. */
export function makeEnrolmentStore(
  threads: Pick<StoreThreads, "read" | "write">,
  sealing: Sealing,
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
        // A used up pool undoes the transaction, yet it is an answer and no failure of ours.
        if (error instanceof CodedError && error.code === "SP-807") {
          return { kind: "refused", error: { code: error.code, params: error.params } };
        }
        throw error;
      }
    },
    keepCertificate: (certificate) => threads.write("certificate.keep", certificate),
  };
}
