/** SCIM 2.0 below `/scim/v2`: a directory brings people and groups, by a token that opens nothing else. */
import { CodedError, describeError } from "#shared/base/coded-error.ts";
import { keyParams } from "#shared/protocol/api/order.ts";
import { scimGroup, scimOneQuery, scimPatch, scimQuery, scimUser } from "#shared/protocol/scim.ts";
import type { UserRecord } from "../../core/person/user-record.ts";
import { type ApiContext, type ApiServer, auditOf } from "../api/context.ts";
import { errorRefOf } from "../api/problem.ts";
import type { DirectoryGroup, DirectoryUser } from "../store/operations/directory.ts";
import type { DirectoryCircle, DirectoryPerson } from "../store/queries/directory.ts";
import { scimPrefix } from "../api/route-contract.ts";
import { type InTurn, makeTurns } from "../api/turns.ts";
import { type Described, resourceTypes, schemas, serviceProviderConfig } from "./discovery.ts";
import { searchOf } from "./filter.ts";
import { patchedGroup, patchedUser } from "./patch.ts";
import {
  editableGroup,
  editableUser,
  errorView,
  groupView,
  keptUser,
  listView,
  scimType,
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
    const ref = errorRefOf(error, request.headers["content-type"]);
    const { http = 500, detail, log } = describeError(ref);
    context.log[log]("scim request refused", { code: ref.code, route: request.routeOptions.url });
    const wait = ref.params["retryAfterSeconds"];
    if (wait !== undefined) void reply.header("retry-after", String(wait));
    return reply.status(http).send(errorView(http, detail, request.method));
  });
  addDiscovery(server, context);
  const inTurn = makeTurns();
  addUsers(server, context, inTurn);
  addGroups(server, context, inTurn);
}

function baseOf(context: ApiContext): string {
  return `${context.signIn.address.origin()}${scimPrefix}`;
}

/** RFC 7644 §4: what the service can do, which records there are, and which attributes they have. */
function addDiscovery(server: ApiServer, context: ApiContext): void {
  server.get("/ServiceProviderConfig", { config }, () => Promise.resolve(serviceProviderConfig));
  const lists = { "/ResourceTypes": resourceTypes, "/Schemas": schemas };
  for (const [path, list] of Object.entries(lists)) {
    server.get(path, { config }, () => {
      const items: readonly Described[] = list(baseOf(context));
      return Promise.resolve(listView(items.length, 1, items));
    });
    const one = { config, schema: { params: keyParams } } as const;
    server.get(`${path}/:key`, one, ({ params: { key } }) => {
      const found = list(baseOf(context)).find(({ id }) => id === key);
      if (found === undefined) throw new CodedError("SP-702", { what: path.slice(1), name: key });
      return Promise.resolve(found);
    });
  }
}

function addUsers(server: ApiServer, context: ApiContext, inTurn: InTurn): void {
  const one = { config, schema: { params: keyParams } } as const;
  const shown = (person: DirectoryPerson) => userView(baseOf(context), person);
  const find = async (id: string): Promise<DirectoryPerson> => {
    const by = [{ attribute: "id", value: id }] as const;
    const { items } = await context.store.read("directory.users", { by, offset: 0, limit: 1 });
    const [found] = items;
    if (found === undefined) throw new CodedError("SP-702", { what: "user", name: id });
    return found;
  };
  const keep = async (request: Asker, user: DirectoryUser) => {
    const audit = auditOf(context, request, { action: "user apply", subject: user.id ?? "" });
    const record = await context.store.write("directory.put_user", { user, audit });
    tellCore(context, [record]);
    return shown(await find(record.id));
  };
  server.get("/Users", { config, schema: { querystring: scimQuery } }, async ({ query }) => {
    const search = searchOf(query, { username: "name", emails: "email" });
    const { total, items } = await context.store.read("directory.users", search);
    return listView(total, query.startIndex, items.map(shown));
  });
  server.post("/Users", { config, schema: { body: scimUser } }, async (request, reply) => {
    const made = await inTurn(() => keep(request, keptUser(null, request.body)));
    return reply.status(201).header("location", made.meta.location).send(made);
  });
  server.get("/Users/:key", one, async ({ params }) => shown(await find(params.key)));
  server.put("/Users/:key", { config, schema: { ...one.schema, body: scimUser } }, (request) =>
    inTurn(() => keep(request, keptUser(request.params.key, request.body))),
  );
  const patch = { config, schema: { ...one.schema, body: scimPatch } } as const;
  server.patch("/Users/:key", patch, (request) =>
    inTurn(async () => {
      const { key } = request.params;
      const user = patchedUser(editableUser(await find(key)), request.body);
      return keep(request, keptUser(key, user));
    }),
  );
  server.delete("/Users/:key", one, async (request, reply) => {
    const { key: id } = request.params;
    const audit = auditOf(context, request, { action: "user remove", subject: id });
    await inTurn(() => context.store.write("directory.remove_user", audit));
    context.control.changed([{ kind: "user", id, record: null }]);
    return reply.status(204).send();
  });
}

function addGroups(server: ApiServer, context: ApiContext, inTurn: InTurn): void {
  const one = { config, schema: { params: keyParams } } as const;
  const shown = (group: DirectoryCircle, excluded?: string) =>
    groupView(baseOf(context), group, excluded);
  const find = async (id: string): Promise<DirectoryCircle> => {
    const by = [{ attribute: "id", value: id }] as const;
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
    return shown(await find(outcome.id));
  };
  const kept = (id: string | null, group: typeof scimGroup._output): DirectoryGroup => ({
    id,
    name: group.displayName,
    externalId: group.externalId ?? null,
    members: (group.members ?? []).map(({ value }) => value),
  });
  server.get("/Groups", { config, schema: { querystring: scimQuery } }, async ({ query }) => {
    const search = searchOf(query, { displayname: "name", members: "member" });
    const { total, items } = await context.store.read("directory.groups", search);
    const page = items.map((group) => shown(group, query.excludedAttributes));
    return listView(total, query.startIndex, page);
  });
  server.post("/Groups", { config, schema: { body: scimGroup } }, async (request, reply) => {
    const made = await inTurn(() => keep(request, kept(null, request.body)));
    return reply.status(201).header("location", made.meta.location).send(made);
  });
  const read = { config, schema: { ...one.schema, querystring: scimOneQuery } } as const;
  server.get("/Groups/:key", read, async ({ params, query }) =>
    shown(await find(params.key), query.excludedAttributes),
  );
  server.put("/Groups/:key", { config, schema: { ...one.schema, body: scimGroup } }, (request) =>
    inTurn(() => keep(request, kept(request.params.key, request.body))),
  );
  const patch = { config, schema: { ...one.schema, body: scimPatch } } as const;
  server.patch("/Groups/:key", patch, (request) =>
    inTurn(async () => {
      const { key } = request.params;
      return keep(request, kept(key, patchedGroup(editableGroup(await find(key)), request.body)));
    }),
  );
  server.delete("/Groups/:key", one, async (request, reply) => {
    const audit = auditOf(context, request, {
      action: "group remove",
      subject: request.params.key,
    });
    tellCore(context, await inTurn(() => context.store.write("directory.remove_group", audit)));
    return reply.status(204).send();
  });
}

function tellCore({ control }: ApiContext, records: readonly UserRecord[]): void {
  control.changed(records.map((record) => ({ kind: "user", id: record.id, record }) as const));
}
