import type { Role } from "#shared/base/role.ts";
import { permissionsOf } from "../../core/role.ts";
import { sessionIdleMs } from "../store/queries/session.ts";
import { controllerVersion } from "../version.ts";
import type { ApiContext } from "./context.ts";
import { timeText } from "./views.ts";

/** Whom a session shows. */
export interface SessionHolder {
  readonly adminName: string;
  readonly role: Role;
  /** Null: by a token, which knows no idleness. */
  readonly expiresAt: number | null;
  readonly activeAt: number | null;
}

/** Returns who is signed in, as the console reads it. */
export function sessionView(
  context: Pick<ApiContext, "trustDomain" | "clock">,
  who: SessionHolder,
) {
  const { activeAt } = who;
  const idleMs = activeAt === null ? null : activeAt + sessionIdleMs - context.clock.nowAt();
  return {
    admin: who.adminName,
    role: who.role,
    permissions: permissionsOf(who.role),
    expiresAt: timeText(who.expiresAt),
    // Not an instant: the browser's clock may be another.
    idleEndsAfterSeconds: idleMs === null ? null : Math.max(0, Math.round(idleMs / 1_000)),
    version: controllerVersion,
    trustDomain: context.trustDomain,
  };
}
