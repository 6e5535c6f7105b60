import type { Role } from "#shared/base/role.ts";
import { permissionsOf } from "../../core/role.ts";
import { controllerVersion } from "../version.ts";
import type { ApiContext } from "./context.ts";
import { timeText } from "./views.ts";

/** Whom a session shows. */
export interface SessionHolder {
  readonly adminName: string;
  readonly role: Role;
  readonly expiresAt: number | null;
}

/** Returns who is signed in, as the console reads it. */
export function sessionView(context: Pick<ApiContext, "trustDomain">, who: SessionHolder) {
  return {
    admin: who.adminName,
    role: who.role,
    permissions: permissionsOf(who.role),
    expiresAt: timeText(who.expiresAt),
    version: controllerVersion,
    trustDomain: context.trustDomain,
  };
}
