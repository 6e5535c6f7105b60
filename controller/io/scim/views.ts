/** Records as SCIM answers them. */
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { ScimGroup, ScimUser } from "#shared/protocol/scim.ts";
import type { DirectoryUser } from "../store/operations/directory.ts";
import type { DirectoryCircle, DirectoryPerson } from "../store/queries/directory.ts";

/** The media type of SCIM. */
export const scimType = "application/scim+json";

const core = "urn:ietf:params:scim:schemas:core:2.0";
const messages = "urn:ietf:params:scim:api:messages:2.0";

/** Returns a person; `base` is the address of the service. */
export function userView(
  base: string,
  { id, name, displayName, email, ...person }: DirectoryPerson,
) {
  return {
    schemas: [`${core}:User`],
    id,
    ...(person.externalId === null ? {} : { externalId: person.externalId }),
    userName: name,
    displayName,
    name: { formatted: displayName },
    ...(email === null ? {} : { emails: [{ value: email, primary: true }] }),
    active: person.active,
    meta: metaOf(base, { type: "User", id, createdAt: person.createdAt }),
  };
}

/** Returns a person as it may be changed. */
export function editableUser(person: DirectoryPerson): ScimUser {
  const { externalId, name: userName, displayName, email, active } = person;
  return {
    ...(externalId === null ? {} : { externalId }),
    userName,
    displayName,
    ...(email === null ? {} : { emails: [{ value: email, primary: true }] }),
    active,
  };
}

/** Returns what is kept of a person. */
export function keptUser(id: string | null, user: ScimUser): DirectoryUser {
  const { userName: name, displayName, emails = [], externalId = null, active } = user;
  const { formatted, givenName, familyName } = user.name ?? {};
  const both = [givenName, familyName].filter((part) => part !== undefined).join(" ");
  const email = (emails.find(({ primary }) => primary === true) ?? emails[0])?.value ?? null;
  const shown = displayName ?? formatted ?? (both === "" ? name : both);
  return { id, name, displayName: shown, email, externalId, active };
}

/** Returns a group; `excluded` are attributes that were not asked for. */
export function groupView(
  base: string,
  { id, name, externalId, members, createdAt }: DirectoryCircle,
  excluded = "",
) {
  const without = excluded.toLowerCase().split(/[\s,]+/);
  return {
    schemas: [`${core}:Group`],
    id,
    ...(externalId === null ? {} : { externalId }),
    displayName: name,
    ...(without.includes("members") ? {} : { members: members.map((value) => ({ value })) }),
    meta: metaOf(base, { type: "Group", id, createdAt }),
  };
}

function metaOf(
  base: string,
  {
    type,
    id,
    createdAt,
  }: { readonly type: string; readonly id: string; readonly createdAt: number },
) {
  const location = `${base}/${type}s/${id}`;
  return { resourceType: type, created: rfc3339(createdAt), location };
}

/** Returns a group as it may be changed. */
export function editableGroup({ name, externalId, members }: DirectoryCircle): ScimGroup {
  return {
    displayName: name,
    ...(externalId === null ? {} : { externalId }),
    members: members.map((value) => ({ value })),
  };
}

/** Returns a page of a list. */
export function listView(total: number, startIndex: number, items: readonly object[]) {
  return {
    schemas: [`${messages}:ListResponse`],
    totalResults: total,
    startIndex,
    itemsPerPage: items.length,
    Resources: items,
  };
}

/** Returns a refusal (RFC 7644 §3.12); a question can only be wrong in its filter. */
export function errorView(status: number, detail: string, method = "") {
  const wrong = method === "GET" ? "invalidFilter" : "invalidValue";
  const scimType = { 400: wrong, 409: "uniqueness" }[status];
  const kind = scimType === undefined ? {} : { scimType };
  return { schemas: [`${messages}:Error`], status: String(status), ...kind, detail };
}
