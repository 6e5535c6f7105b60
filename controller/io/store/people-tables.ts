/** Rows of people, their groups and what they sign in with. */
import type { Mutable } from "./mutable-row.ts";

/** Users, known to identity providers by issuer and subject, to directories by `external_id`. */
export interface UserTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly source: string;
  readonly external_id: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly active: number;
  /** Whether an administrator deactivated the person. */
  readonly kept_out: number;
  readonly last_sign_in_at: number | null;
}

/** Groups of users. */
export interface GroupTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly external_id: string | null;
}

/** Who is a member, and who said so. */
export interface MembershipTable {
  readonly user: string;
  readonly group_: string;
  readonly source: string;
}

/** Public halves of administrators' passkeys. */
export interface PasskeyTable {
  readonly id: string;
  readonly admin: string;
  readonly name: string;
  readonly public_key: Uint8Array;
  readonly counter: number;
  readonly transports: string;
  readonly backed_up: number;
  readonly last_used_at: number | null;
  readonly created_at: number;
}

/** Links by which somebody becomes an administrator, once: only their SHA-256 is kept. */
export interface SetUpLinkTable {
  readonly hash: string;
  readonly role: string;
  readonly expires_at: number;
}

/** Sign-ins of people on devices. */
export interface UserSessionTable {
  readonly id: string;
  readonly device: string;
  readonly user: string;
  readonly acr: string;
  readonly amr: string;
  readonly auth_at: number;
  readonly expires_at: number;
  readonly ended_at: number | null;
  readonly created_at: number;
}

/** Tables of people. */
export interface PeopleTables {
  readonly user_: UserTable;
  readonly group_: GroupTable;
  readonly membership: MembershipTable;
  readonly passkey: PasskeyTable;
  readonly user_session: UserSessionTable;
  readonly set_up_link: SetUpLinkTable;
}
