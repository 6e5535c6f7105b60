/**
 * Rotates signing keys under live flows: announce the new key, bring it to everybody who is here, let it
 * sign, and believe the old one until its last object has ended.
 */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { KeyRotation, SigningKeys } from "../ports/signing-keys.ts";
import type { TrustCourier } from "./trust-courier.ts";

/** What rotating works with. */
export interface KeyRotationParts {
  readonly keys: SigningKeys;
  readonly courier: TrustCourier;
  readonly clock: Pick<Clock, "nowAt" | "wake">;
  readonly log: Pick<Log, "info" | "warn">;
}

/** A rotation that runs by itself what an operator began. */
export interface RunningRotation extends KeyRotation {
  stop(): void;
}

const lookAgainMs = 3_600_000;

/** Returns the rotation; what a former run left announced is carried on at the next `rotate`. */
export function makeKeyRotation({ keys, courier, clock, log }: KeyRotationParts): RunningRotation {
  let busy = false;
  let forget = () => {};
  let stopped = false;
  const retire = async (): Promise<void> => {
    try {
      const count = await keys.forgetRetired();
      if (count === 0) return;
      log.info("signing keys retired", { count });
      await courier.distribute();
    } catch (error) {
      // They stay believed, which is no harm, and are looked at again.
      const why = error instanceof Error ? error.message : String(error);
      log.warn("signing keys not retired", { why });
    }
  };
  const watch = (): void => {
    if (stopped) return;
    const dueMs = Math.max(keys.nextRetirementAt() - clock.nowAt(), 0);
    forget = clock.wake(Math.min(dueMs, lookAgainMs), () => void retire().then(watch));
  };
  watch();
  return {
    list: () => keys.list(),
    distribute: () => courier.distribute(),
    async rotate(purposes, actor) {
      if (busy) throw new CodedError("SP-705", { why: "keys are being rotated already" });
      busy = true;
      try {
        const ids = await keys.announce(purposes, actor);
        log.info("signing keys announced", { ids });
        await courier.distribute();
        await keys.activate(ids, actor);
        log.info("signing keys activated", { ids });
      } finally {
        busy = false;
      }
      forget();
      watch();
      return keys.list();
    },
    stop() {
      stopped = true;
      forget();
    },
  };
}
