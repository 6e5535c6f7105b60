/** Records as SCIM answers them. */
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { ScimGroup, ScimUser } from "#shared/protocol/scim.ts";
import type { DirectoryUser } from "../store/operations/directory.ts";
import type { DirectoryCircle, DirectoryPerson } from "../store/queries/directory.ts";

/** The media type of SCIM. */
export const scimType = "application/scim+json";

const core = "urn:ietf:params:scim:schemas:core:2.0";
const messages = "urn:ietf:params:scim:api:messages:2.0";

/** Returns a person. */
export function userView({ id, name, displayName, email, ...person }: DirectoryPerson) {
  return {
    schemas: [`${core}:User`],
    id,
    ...(person.externalId === null ? {} : { externalId: person.externalId }),
    userName: name,
    displayName,
    name: { formatted: displayName },
    ...(email === null ? {} : { emails: [{ value: email, primary: true }] }),
    active: person.active,
    meta: { resourceType: "User", created: rfc3339(person.createdAt) },
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

/** Returns a group. */
export function groupView({ id, name, externalId, members, createdAt }: DirectoryCircle) {
  return {
    schemas: [`${core}:Group`],
    id,
    ...(externalId === null ? {} : { externalId }),
    displayName: name,
    members: members.map((value) => ({ value })),
    meta: { resourceType: "Group", created: rfc3339(createdAt) },
  };
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

/** Returns a refusal. */
export function errorView(status: number, detail: string) {
  const scimType = status === 409 ? { scimType: "uniqueness" } : {};
  return { schemas: [`${messages}:Error`], status: String(status), ...scimType, detail };
}

/** What this service can do (RFC 7643 §5). */
export const serviceProviderConfig = {
  schemas: [`${core}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "Bearer token",
      description: "A token of the role provisioner",
    },
  ],
};

/** The kinds of records (RFC 7643 §6). */
export const resourceTypes = [
  ["User", "/Users"],
  ["Group", "/Groups"],
].map(([name, endpoint]) => ({
  schemas: [`${core}:ResourceType`],
  id: name,
  name,
  endpoint,
  schema: `${core}:${name}`,
}));
