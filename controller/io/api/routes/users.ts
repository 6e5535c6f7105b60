import { CodedError } from "#shared/base/coded-error.ts";
import { keyParams, userQuery } from "#shared/protocol/api/order.ts";
import type { UserStep } from "../../store/operations/user.ts";
import type { UserView } from "../../store/queries/user.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { withEffect } from "../step-effect.ts";
import { timeText } from "../views.ts";

const read = { config: { needs: "read" } } as const;
/** The help desk may end what is open; who comes back in is for administrators. */
const steps: readonly (readonly [UserStep, "operate" | "administer"])[] = [
  ["sign-out", "operate"],
  ["deactivate", "operate"],
  ["activate", "administer"],
];

/** Routes of people and groups. */
export function addUserRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/users", { ...read, schema: { querystring: userQuery } }, async ({ query }) => {
    const users = await context.store.read("user.list", query);
    const nextAfter = users.length === query.limit ? (users.at(-1)?.name ?? null) : null;
    return { items: users.map(shown), nextAfter };
  });
  const one = { ...read, schema: { params: keyParams } } as const;
  server.get("/users/:key", one, async (request) => {
    const user = await requireUser(context, request.params.key);
    const search = { user: user.id, nowAt: context.clock.nowAt() };
    const sessions = await context.store.read("user_session.list", search);
    return {
      ...shown(user),
      sessions: sessions.map(({ authAt, expiresAt, ...session }) => ({
        ...session,
        authAt: timeText(authAt),
        expiresAt: timeText(expiresAt),
      })),
    };
  });
  for (const [step, needs] of steps) {
    const options = { config: { needs }, schema: { params: keyParams } };
    server.post(`/users/:key/${step}`, options, (request) =>
      withEffect(context, async (follow) => {
        const { id } = await requireUser(context, request.params.key);
        const audit = auditOf(context, request, { action: `user ${step}`, subject: id });
        const { user: record, devices } = await context.store.write("user.step", { step, audit });
        const ended = devices.map(
          (device) => ({ kind: "userSession", device, record: null }) as const,
        );
        follow(() => context.control.changed([...ended, { kind: "user", id, record }]));
        return { id, name: record.name, active: record.active };
      }),
    );
  }
  server.get("/groups", read, async () => {
    const groups = await context.store.read("group.list", undefined);
    return {
      items: groups.map(({ createdAt, ...group }) => ({
        ...group,
        createdAt: timeText(createdAt),
      })),
    };
  });
}

async function requireUser(context: ApiContext, key: string): Promise<UserView> {
  const user = await context.store.read("user.find", key);
  if (user === null) throw new CodedError("SP-702", { what: "user", name: key });
  return user;
}

function shown({ lastSignInAt, createdAt, ...user }: UserView) {
  return { ...user, lastSignInAt: timeText(lastSignInAt), createdAt: timeText(createdAt) };
}
