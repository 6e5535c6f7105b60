/** Roles as one chooses among them. */
import type { Role } from "#shared/base/role.ts";

/** Roles of administrators, the least first, and the one of programs that only report. */
export const roleChoices: readonly { readonly value: Role; readonly label: string }[] = [
  { value: "viewer", label: "viewer: looks" },
  { value: "operator", label: "operator: looks, quarantines, revokes, rechecks" },
  { value: "policy-author", label: "policy-author: looks, changes policy" },
  { value: "approver", label: "approver: looks, approves what others ask for" },
  { value: "reporter", label: "reporter: tells what was seen elsewhere" },
  { value: "admin", label: "admin: everything" },
];
