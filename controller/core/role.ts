/** What each role may do. */
import { type Role, roles } from "#shared/base/role.ts";

/**
 * What a request needs: to look, to close, to change policy, to approve what others ask for, to tell
 * of what was seen elsewhere, to bring people of a directory, or all.
 */
export type Permission =
  "read" | "operate" | "author" | "approve" | "report" | "provision" | "administer";

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["read"],
  operator: ["read", "operate", "report"],
  "policy-author": ["read", "author"],
  approver: ["read", "approve"],
  reporter: ["report"],
  provisioner: ["provision"],
  admin: ["read", "operate", "author", "approve", "report", "administer"],
};

/** Whether a role may do what a request needs. */
export function permits(role: Role, needed: Permission): boolean {
  return permissions[role].includes(needed);
}

/** Returns what a role may do. */
export function permissionsOf(role: Role): readonly Permission[] {
  return permissions[role];
}

/** Returns the roles that may do what a request needs. */
export function rolesFor(needed: Permission): readonly Role[] {
  return roles.filter((role) => permits(role, needed));
}
