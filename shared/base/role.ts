/** What an administrator is; sign-in of whatever kind ends in one of these. */
export const roles = [
  "viewer",
  "operator",
  "policy-author",
  "approver",
  "reporter",
  "provisioner",
  "admin",
] as const;

/** One of the roles; what each may do stands with the controller. */
export type Role = (typeof roles)[number];
