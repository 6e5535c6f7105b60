import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";

/** Who is signed in on this device by the controller's word; `user` null: nobody. */
export type SignedIn = Omit<ControllerMessageOf<"userSession">, "kind">;
