/** Keeps of those who were refused to join what an administrator needs, and no more than a disk bears. */
import { unmappedAddress } from "#shared/net/address.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RefusedJoining } from "../../ports/enrolment-store.ts";
import { makeSparing } from "../limit/sparing.ts";
import type { StoreThreads } from "./store-threads.ts";

/** A machine that asks on and on is kept once an hour. */
const ofAnAddress = { burst: 3, perSecond: 1 / 3_600 };
const ofAllAddresses = { burst: 30, perSecond: 1 / 300 };

/** Returns what keeps one; who shows no secret of ours cannot crowd out who did. */
export function keepRefusedJoinings(
  threads: Pick<StoreThreads, "write">,
  clock: Pick<Clock, "monotonicMs">,
): (refused: RefusedJoining) => Promise<void> {
  const known = makeSparing(ofAnAddress, ofAllAddresses);
  const strange = makeSparing(ofAnAddress, ofAllAddresses);
  return async ({ remoteAddress, ...refused }) => {
    const sparing = refused.hostname === undefined ? strange : known;
    const leftOut = sparing(remoteAddress, clock.monotonicMs());
    if (leftOut === null) return;
    const order = { ...refused, remoteAddress: unmappedAddress(remoteAddress), leftOut };
    await threads.write("enrolment.refuse", order);
  };
}
