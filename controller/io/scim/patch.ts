/**
 * Applies a directory's changes (RFC 7644 §3.5.2) to what the record is now, and has the result
 * checked as a whole: a change can make nothing that a whole record could not be.
 */
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type ScimGroup,
  scimGroup,
  scimMembers,
  type ScimPatch,
  type ScimUser,
  scimUser,
} from "#shared/protocol/scim.ts";

type Fields = Record<string, unknown>;
type Operation = ScimPatch["Operations"][number];

/** An attribute may bear the whole name of its schema (RFC 7644 §3.10). */
const coreName = /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group):/i;

/** Returns a person after changes; throws SP-703 where one is not understood. */
export function patchedUser(held: ScimUser, { Operations }: ScimPatch): ScimUser {
  const fields: Fields = structuredClone(held);
  for (const operation of Operations) applyToUser(fields, operation);
  return checked(scimUser.safeParse(fields));
}

function applyToUser(fields: Fields, { op, path: given, value }: Operation): void {
  const path = given?.replace(coreName, "");
  if (path === undefined) {
    for (const [name, one] of Object.entries(record(value))) {
      applyToUser(fields, { op, path: name, value: one });
    }
    return;
  }
  if (/^emails\[[^\]]*\]\.value$/i.test(path)) {
    fields["emails"] = op === "remove" ? [] : [{ value, primary: true }];
    return;
  }
  const [name = "", part] = path.split(".");
  if (part !== undefined && name !== "name") return;
  if (part === undefined) set(fields, name, op === "remove" ? undefined : value);
  else {
    const inner = { ...record(fields["name"] ?? {}) };
    set(inner, part, op === "remove" ? undefined : value);
    fields["name"] = inner;
  }
}

/** Names of attributes are alike in any case (RFC 7643 §2.1). */
const userNames = ["externalId", "userName", "displayName", "name", "emails", "active"];
const nameParts = ["formatted", "givenName", "familyName"];

function set(fields: Fields, name: string, value: unknown): void {
  const known = [...userNames, ...nameParts].find(
    (one) => one.toLowerCase() === name.toLowerCase(),
  );
  // What nobody keeps changes nothing.
  if (known !== undefined) fields[known] = value;
}

/** Returns a group after changes; its members are ids. */
export function patchedGroup(held: ScimGroup, { Operations }: ScimPatch): ScimGroup {
  const fields: Fields = { ...held };
  const members = new Set((held.members ?? []).map(({ value }) => value));
  for (const operation of Operations) applyToGroup(fields, members, operation);
  return checked(
    scimGroup.safeParse({ ...fields, members: [...members].map((value) => ({ value })) }),
  );
}

function applyToGroup(
  fields: Fields,
  members: Set<string>,
  { op, path: given, value }: Operation,
): void {
  const path = given?.replace(coreName, "");
  if (path === undefined) {
    for (const [name, one] of Object.entries(record(value))) {
      applyToGroup(fields, members, { op, path: name, value: one });
    }
    return;
  }
  const named = /^members\[value eq "([^"]{1,64})"\]$/i.exec(path)?.[1];
  if (named !== undefined) {
    if (op === "remove") members.delete(named);
    else members.add(named);
    return;
  }
  const name = path.toLowerCase();
  if (name === "members") changeMembers(members, op, value);
  if (name === "displayname") fields["displayName"] = value;
  if (name === "externalid") fields["externalId"] = op === "remove" ? undefined : value;
}

function changeMembers(members: Set<string>, op: Operation["op"], value: unknown): void {
  const given = value === undefined ? null : checked(scimMembers.safeParse(value));
  if (op === "replace" || (op === "remove" && given === null)) members.clear();
  for (const { value: id } of given ?? []) {
    if (op === "remove") members.delete(id);
    else members.add(id);
  }
}

function record(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new CodedError("SP-703", { why: "an operation without a path takes an object" });
}

function checked<T>(parsed: {
  readonly success: boolean;
  readonly data?: T;
  readonly error?: { readonly issues: readonly { readonly message: string }[] };
}): T {
  if (parsed.success && parsed.data !== undefined) return parsed.data;
  const why = parsed.error?.issues[0]?.message ?? "not understood";
  throw new CodedError("SP-703", { why: `the record after the changes: ${why}` });
}
