/** People and their sign-ins on devices, as the core holds them. */

/** A person of the store; `groups` are names, sorted. */
export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly groups: readonly string[];
}

/** A sign-in of a person on a device; `authAt` is when the person last proved it. */
export interface UserSession {
  readonly id: string;
  readonly device: string;
  readonly user: string;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly authAt: number;
  readonly expiresAt: number;
}
