import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";

/** Who is signed in on this device by the controller's word; `user` null: nobody. */
export type SignedIn = Omit<ControllerMessageOf<"userSession">, "kind">;

/** The local user behind one sign-in, which is named by person and instant. */
export interface Owner {
  readonly uid: number;
  readonly user: string;
  readonly authAt: number;
}

/** Who asked for the page that counts; a device has one at a time, the newest. */
export interface Begun {
  readonly ref: string;
  readonly uid: number;
  readonly page: boolean;
}

/** By whom somebody is signed in at an instant. */
export type SignedInBy =
  | { readonly kind: "nobody" }
  | { readonly kind: "user"; readonly uid: number }
  /** Root's, or begun before anybody remembered it. */
  | { readonly kind: "unknown" };
