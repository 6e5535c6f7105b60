import { useQueryClient } from "@tanstack/react-query";
import { identityAnswer } from "#shared/protocol/api/device.ts";
import { ask } from "../live/api.ts";

/** A step of the life of a device or gateway. */
type IdentityStep = "approve" | "quarantine" | "release" | "revoke";

/** What shows how an identity stands. */
const lists = ["device", "devices", "gateways", "overview"];

/** Returns what takes a step of an identity, and reads again whatever shows it. */
export function useIdentityStep(key: string) {
  const queries = useQueryClient();
  return (step: IdentityStep) => async () => {
    const effect = await ask(`POST /identities/:key/${step}`, identityAnswer, { params: { key } });
    await Promise.all(lists.map((list) => queries.invalidateQueries({ queryKey: [list] })));
    return effect;
  };
}
