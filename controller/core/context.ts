/** What the core is given once: digests and ids are functions, so that the core holds no randomness of its own. */
import type { IdPrefix } from "#shared/base/id.ts";
import type { Effect } from "./effect.ts";
import type { ControllerState } from "./state.ts";

/** Functions whose results depend on their arguments alone, but for `newId`, which draws randomness. */
export interface Context {
  readonly sha256Hex: (text: string) => string;
  readonly newId: (prefix: IdPrefix, now: number) => string;
  readonly presharedKey: (pskSecret: string, devicePublicKey: string) => string;
  readonly wireguardThumbprint: (publicKey: string) => string;
}

/** One transition under way: the parts of the core read `state` and push `effects`. */
export interface Step {
  readonly state: ControllerState;
  readonly context: Context;
  readonly now: number;
  readonly effects: Effect[];
}
