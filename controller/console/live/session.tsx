/** Who is signed in, for every part of the console. */
import { createContext, useContext } from "react";
import type { SessionShown } from "#shared/protocol/api/session.ts";

const nobody: SessionShown = {
  admin: "",
  role: "",
  permissions: [],
  expiresAt: null,
  idleEndsAfterSeconds: null,
  version: "",
  trustDomain: "",
};

/** The session of whoever is signed in. */
export const SessionContext = createContext<SessionShown>(nobody);

/** Returns who is signed in. */
export function useSession(): SessionShown {
  return useContext(SessionContext);
}

/** Tells whether the role permits it; the server decides all the same. */
export function useMay(permission: string): boolean {
  return useSession().permissions.includes(permission);
}
