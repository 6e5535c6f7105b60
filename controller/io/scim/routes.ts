/** SCIM 2.0 below `/scim/v2`: a directory brings people and groups, by a token that opens nothing else. */
import { CodedError, describeError } from "#shared/base/coded-error.ts";
import { keyParams } from "#shared/protocol/api/order.ts";
import { scimGroup, scimPatch, scimQuery, scimUser } from "#shared/protocol/scim.ts";
import type { UserRecord } from "../../core/person/user-record.ts";
import { type ApiContext, type ApiServer, auditOf } from "../api/context.ts";
import { errorRefOf } from "../api/problem.ts";
import type { DirectoryGroup, DirectoryUser } from "../store/operations/directory.ts";
import type {
  DirectoryCircle,
  DirectoryPerson,
  DirectorySearch,
} from "../store/queries/directory.ts";
import { patchedGroup, patchedUser } from "./patch.ts";
import {
  editableGroup,
  editableUser,
  errorView,
  groupView,
  keptUser,
  listView,
  resourceTypes,
  scimType,
  serviceProviderConfig,
  userView,
} from "./views.ts";

const config = { needs: "provision" } as const;
type Asker = Parameters<typeof auditOf>[1];

/** Adds the routes; the server must be a scope of its own. */
export function addScimRoutes(server: ApiServer, context: ApiContext): void {
  server.addContentTypeParser(
    scimType,
    { parseAs: "string" },
    server.getDefaultJsonParser("error", "error"),
  );
  server.addHook("onSend", (_, reply, payload) => {
    void reply.type(scimType);
    return Promise.resolve(payload);
  });
  server.setErrorHandler((error, request, reply) => {
    const ref = errorRefOf(error);
    const { http = 500, detail, log } = describeError(ref);
    context.log[log]("scim request refused", { code: ref.code, route: request.routeOptions.url });
    return reply.status(http).send(errorView(http, detail));
  });
  server.get("/ServiceProviderConfig", { config }, () => Promise.resolve(serviceProviderConfig));
  server.get("/ResourceTypes", { config }, () =>
    Promise.resolve(listView(resourceTypes.length, 1, resourceTypes)),
  );
  addUsers(server, context);
  addGroups(server, context);
}

function addUsers(server: ApiServer, context: ApiContext): void {
  const one = { config, schema: { params: keyParams } } as const;
  const find = async (id: string): Promise<DirectoryPerson> => {
    const by = { attribute: "id", value: id } as const;
    const { items } = await context.store.read("directory.users", { by, offset: 0, limit: 1 });
    const [found] = items;
    if (found === undefined) throw new CodedError("SP-702", { what: "user", name: id });
    return found;
  };
  const keep = async (request: Asker, user: DirectoryUser) => {
    const audit = auditOf(context, request, { action: "user apply", subject: user.id ?? "" });
    const record = await context.store.write("directory.put_user", { user, audit });
    tellCore(context, [record]);
    return userView(await find(record.id));
  };
  server.get("/Users", { config, schema: { querystring: scimQuery } }, async ({ query }) => {
    const search = searchOf(query, { username: "name" });
    const { total, items } = await context.store.read("directory.users", search);
    return listView(total, query.startIndex, items.map(userView));
  });
  server.post("/Users", { config, schema: { body: scimUser } }, async (request, reply) =>
    reply.status(201).send(await keep(request, keptUser(null, request.body))),
  );
  server.get("/Users/:key", one, async ({ params }) => userView(await find(params.key)));
  server.put("/Users/:key", { config, schema: { ...one.schema, body: scimUser } }, (request) =>
    keep(request, keptUser(request.params.key, request.body)),
  );
  const patch = { config, schema: { ...one.schema, body: scimPatch } } as const;
  server.patch("/Users/:key", patch, async (request) => {
    const { key } = request.params;
    const user = patchedUser(editableUser(await find(key)), request.body);
    return keep(request, keptUser(key, user));
  });
  server.delete("/Users/:key", one, async (request, reply) => {
    const { key: id } = request.params;
    const audit = auditOf(context, request, { action: "user remove", subject: id });
    await context.store.write("directory.remove_user", audit);
    context.control.changed([{ kind: "user", id, record: null }]);
    return reply.status(204).send();
  });
}

function addGroups(server: ApiServer, context: ApiContext): void {
  const one = { config, schema: { params: keyParams } } as const;
  const find = async (id: string): Promise<DirectoryCircle> => {
    const by = { attribute: "id", value: id } as const;
    const { items } = await context.store.read("directory.groups", { by, offset: 0, limit: 1 });
    const [found] = items;
    if (found === undefined) throw new CodedError("SP-702", { what: "group", name: id });
    return found;
  };
  const keep = async (request: Asker, group: DirectoryGroup) => {
    if (group.id !== null) await find(group.id);
    const audit = auditOf(context, request, { action: "group apply", subject: group.id ?? "" });
    const outcome = await context.store.write("directory.put_group", { group, audit });
    tellCore(context, outcome.touched);
    return groupView(await find(outcome.id));
  };
  const kept = (id: string | null, group: typeof scimGroup._output): DirectoryGroup => ({
    id,
    name: group.displayName,
    externalId: group.externalId ?? null,
    members: (group.members ?? []).map(({ value }) => value),
  });
  server.get("/Groups", { config, schema: { querystring: scimQuery } }, async ({ query }) => {
    const search = searchOf(query, { displayname: "name" });
    const { total, items } = await context.store.read("directory.groups", search);
    return listView(total, query.startIndex, items.map(groupView));
  });
  server.post("/Groups", { config, schema: { body: scimGroup } }, async (request, reply) =>
    reply.status(201).send(await keep(request, kept(null, request.body))),
  );
  server.get("/Groups/:key", one, async ({ params }) => groupView(await find(params.key)));
  server.put("/Groups/:key", { config, schema: { ...one.schema, body: scimGroup } }, (request) =>
    keep(request, kept(request.params.key, request.body)),
  );
  const patch = { config, schema: { ...one.schema, body: scimPatch } } as const;
  server.patch("/Groups/:key", patch, async (request) => {
    const { key } = request.params;
    return keep(request, kept(key, patchedGroup(editableGroup(await find(key)), request.body)));
  });
  server.delete("/Groups/:key", one, async (request, reply) => {
    const audit = auditOf(context, request, {
      action: "group remove",
      subject: request.params.key,
    });
    tellCore(context, await context.store.write("directory.remove_group", audit));
    return reply.status(204).send();
  });
}

function tellCore({ control }: ApiContext, records: readonly UserRecord[]): void {
  control.changed(records.map((record) => ({ kind: "user", id: record.id, record }) as const));
}

interface Query {
  readonly filter?: string | undefined;
  readonly startIndex: number;
  readonly count: number;
}

/** Directories look for one record before they write; nothing else of the filter language is taken. */
function searchOf(query: Query, names: Readonly<Record<string, "name">>): DirectorySearch {
  const page = { offset: query.startIndex - 1, limit: query.count };
  if (query.filter === undefined) return page;
  const [, name = "", value = ""] = /^(\w+) eq "([^"]{1,255})"$/i.exec(query.filter.trim()) ?? [];
  const known = { ...names, externalid: "external_id", id: "id" } as const;
  const attribute = Object.entries(known).find(([one]) => one === name.toLowerCase())?.[1];
  if (attribute === undefined) {
    throw new CodedError("SP-703", { why: "a filter is one equality of a name or externalId" });
  }
  return { ...page, by: { attribute, value } };
}
