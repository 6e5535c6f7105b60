/** Rotates the keys in the store and in the ring; the store is first, so that no restart forgets one. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SigningKeys, SigningKeyView } from "../../ports/signing-keys.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import { type KeyRing, type ObjectKey, openObjectKey, sealNewKey } from "./key-ring.ts";
import { believedKeys, nextRetirementAt, retiresAt, signingKey } from "./key-schedule.ts";
import type { Sealing } from "./sealing.ts";
import { objectPurposes, type ObjectPurpose } from "./signing-key.ts";

/** What keeping keys works with. */
export interface KeyKeeperParts {
  readonly objects: KeyRing["objects"];
  readonly sealing: Sealing;
  readonly store: Pick<StoreThreads, "write">;
  readonly clock: Pick<Clock, "nowAt">;
}

/** A trust set names four keys of a purpose at most. */
const believedMax = 4;

/** Returns the keeper of the ring's object keys. */
export function makeKeyKeeper(parts: KeyKeeperParts): SigningKeys {
  const { objects, clock } = parts;
  return {
    list: () => objectPurposes.flatMap((purpose) => viewsOf(objects.of(purpose), clock.nowAt())),
    announce: (purposes, actor) => announce(parts, purposes, actor),
    async activate(ids, actor) {
      // Objects are issued in whole seconds, so a key's time is a whole second that is still to come.
      const at = (Math.floor(clock.nowAt() / 1000) + 1) * 1000;
      const audit = {
        at: clock.nowAt(),
        actor,
        action: "key activate",
        subject: "keys",
        body: {},
      } as const;
      await parts.store.write("key.activate", { ids, at, audit });
      objects.replace(
        objects.all().map((key) => (ids.includes(key.id) ? { ...key, activeFromAt: at } : key)),
      );
    },
    async forgetRetired() {
      const nowAt = clock.nowAt();
      const believed = objectPurposes.flatMap((purpose) => [
        ...believedKeys(objects.of(purpose), nowAt),
      ]);
      const ids = objects.all().flatMap((key) => (believed.includes(key) ? [] : [key.id]));
      if (ids.length === 0) return 0;
      const audit = {
        at: nowAt,
        actor: "controller",
        action: "key remove",
        subject: "keys",
      } as const;
      await parts.store.write("key.remove", { ids, audit: { ...audit, body: {} } });
      objects.replace(objects.all().filter(({ id }) => !ids.includes(id)));
      return ids.length;
    },
    nextRetirementAt: () =>
      Math.min(...objectPurposes.map((purpose) => nextRetirementAt(objects.of(purpose)))),
  };
}

async function announce(
  { objects, sealing, store, clock }: KeyKeeperParts,
  purposes: readonly ObjectPurpose[],
  actor: string,
): Promise<readonly string[]> {
  const waiting = objects.all().filter(({ activeFromAt }) => activeFromAt === null);
  // A rotation that was cut short goes on where it stopped.
  const missing = purposes.filter((one) => !waiting.some(({ signing }) => signing.purpose === one));
  for (const purpose of missing) {
    if (objects.of(purpose).length < believedMax) continue;
    const why = `${believedMax} keys for ${purpose} are still believed; wait until the oldest retires`;
    throw new CodedError("SP-705", { why });
  }
  const sealed = missing.map((purpose) => sealNewKey(sealing, purpose));
  if (sealed.length > 0) {
    const audit = {
      at: clock.nowAt(),
      actor,
      action: "key announce",
      subject: "keys",
      body: {},
    } as const;
    await store.write("key.add", { keys: sealed, audit });
    const opened = sealed.map((key) => openObjectKey(sealing, key));
    objects.replace([...objects.all(), ...opened]);
  }
  return objects
    .all()
    .filter(({ activeFromAt, signing }) => {
      return activeFromAt === null && purposes.includes(signing.purpose);
    })
    .map(({ id }) => id);
}

function viewsOf(keys: readonly ObjectKey[], nowAt: number): readonly SigningKeyView[] {
  const current = signingKey(keys, nowAt);
  return keys.map((key) => {
    const retires = retiresAt(keys, key);
    const due = key.activeFromAt === null || key.activeFromAt > nowAt;
    return {
      kid: key.signing.publicJwk.kid,
      purpose: key.signing.purpose,
      state: key === current ? "signs" : due ? "announced" : "believed",
      activeFromAt: key.activeFromAt,
      retiresAt: retires === Infinity ? null : retires,
    };
  });
}
