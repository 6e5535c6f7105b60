/** What a machine that an administrator closed as a whole says of it, a gateway too. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentState } from "../state.ts";

/** Returns that it is held and who ends it, or nothing. */
export function heldError({ tunnel, identity, host, settings }: AgentState): readonly ErrorRef[] {
  if (tunnel.verdict?.held === undefined || tunnel.revoked || identity === null) return [];
  const { role } = host;
  const support = settings.supportUrl ?? settings.managedBy ?? "your administrator";
  return [{ code: "SP-417", params: { role, support, id: identity.id } }];
}
