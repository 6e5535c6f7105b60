import { CodedError } from "#shared/base/coded-error.ts";

/** Which controller the owner of the machine lets it join; null: any. */
export interface AllowedDoor {
  readonly controller: string | null;
  readonly rootPins: readonly string[] | null;
}

/** Any controller: nobody has set one. */
export const anyDoor: AllowedDoor = { controller: null, rootPins: null };

/** Throws SP-421 where a credential leads to another controller than the allowed one. */
export function requireAllowed(
  asked: { readonly url: string; readonly pin: string },
  { controller, rootPins }: AllowedDoor,
): void {
  if (controller !== null && new URL(asked.url).origin !== new URL(controller).origin) {
    throw refused("ControllerURL", controller, asked.url);
  }
  if (rootPins !== null && !rootPins.includes(asked.pin)) {
    throw refused("RootPins", rootPins.join(" "), asked.pin);
  }
}

function refused(setting: string, allowed: string, asked: string): CodedError {
  return new CodedError("SP-421", { setting, allowed, asked });
}
