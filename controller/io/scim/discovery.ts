/** What the service says of itself: what it can do, the kinds of its records and their attributes. */

const core = "urn:ietf:params:scim:schemas:core:2.0";

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

/** One record of the description, found by its id. */
export interface Described {
  readonly id: string;
}

/** The kinds of records (RFC 7643 §6); `base` is the address of the service. */
export function resourceTypes(base: string): readonly Described[] {
  return ["User", "Group"].map((name) => ({
    schemas: [`${core}:ResourceType`],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema: `${core}:${name}`,
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${name}` },
  }));
}

/** The attributes that are kept of each kind (RFC 7643 §7). */
export function schemas(base: string): readonly Described[] {
  const one = (name: string, description: string, attributes: readonly object[]) => ({
    schemas: [`${core}:Schema`],
    id: `${core}:${name}`,
    name,
    description,
    attributes,
    meta: { resourceType: "Schema", location: `${base}/Schemas/${core}:${name}` },
  });
  return [
    one("User", "A person", userAttributes),
    one("Group", "A group of people", groupAttributes),
  ];
}

interface Traits {
  readonly type?: "string" | "boolean" | "complex" | "reference";
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly mutability?: "readWrite" | "immutable";
  readonly uniqueness?: "none" | "server";
  readonly subAttributes?: readonly object[];
}

function attribute(name: string, description: string, traits: Traits = {}): object {
  const plain = { type: "string", multiValued: false, required: false, caseExact: false } as const;
  const rest = { mutability: "readWrite", returned: "default", uniqueness: "none" } as const;
  return { name, description, ...plain, ...rest, ...traits };
}

const externalId = attribute("externalId", "What the directory calls the record", {
  caseExact: true,
});

const userAttributes = [
  attribute("userName", "The name that a person signs in by", {
    required: true,
    uniqueness: "server",
  }),
  externalId,
  attribute("displayName", "The name as people read it"),
  attribute("name", "Parts of the name, read where there is no displayName", {
    type: "complex",
    subAttributes: [
      attribute("formatted", "The whole name"),
      attribute("givenName", "The given name"),
      attribute("familyName", "The family name"),
    ],
  }),
  attribute("emails", "Addresses, of which the primary one is kept", {
    type: "complex",
    multiValued: true,
    subAttributes: [
      attribute("value", "The address"),
      attribute("primary", "Whether it is the one to keep", { type: "boolean" }),
    ],
  }),
  attribute("active", "Whether the person may sign in; what they hold ends when not", {
    type: "boolean",
  }),
];

const groupAttributes = [
  attribute("displayName", "The name that policies use", { required: true, uniqueness: "server" }),
  externalId,
  attribute("members", "Who is in the group", {
    type: "complex",
    multiValued: true,
    subAttributes: [
      attribute("value", "The id of a person", { caseExact: true, mutability: "immutable" }),
    ],
  }),
];
