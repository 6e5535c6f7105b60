import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: Schema;
  }[];
  readonly body: Schema | null;
}

let api: AdminApiUnderTest;
let operations: readonly Operation[];

beforeAll(async () => {
  api = await openAdminApi();
  const { body } = await api.ask("GET", "/openapi.json");
  operations = operationsOf(body);
  await api.ask("PUT", "/sites/hq", { body: { resolvers: ["10.50.0.53"] } });
});
afterAll(() => api.close());

function operationsOf(description: unknown): readonly Operation[] {
  type Described = {
    readonly parameters?: Operation["parameters"];
    readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
  };
  const { paths } = description as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content["application/json"]?.schema ?? null,
    })),
  );
}

const junk = fc.oneof(
  fc.constantFrom(null, true, -1, 1e308, "", "%", "../..", "=cmd", "x".repeat(300)),
  fc.constantFrom("\u0000", "\ud800", "\u202e", "__proto__", "NEAR(", "a\u0301"),
  fc.json().map((text) => JSON.parse(text) as unknown),
);

/** Mostly what the schema asks for, now and then what nobody asked for. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: junk });
}

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, minimum = -10, maximum = 1e6 } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const either = anyOf ?? oneOf;
  if (either !== undefined) return fc.oneof(...either.map(valueOf));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return fc.array(valueOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: 4,
      });
    case "string":
      return schema.pattern === undefined ? fc.string({ maxLength: 40 }) : matching(schema.pattern);
    case "integer":
    case "number":
      return fc.integer({ min: Math.max(minimum, -1e6), max: Math.min(maximum, 1e6) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return junk;
  }
}

/** Words that many patterns take; what none takes is a wrong value, and a case of its own. */
function matching(pattern: string): fc.Arbitrary<string> {
  const words = ["hq", "staff", "10.1.0.0/16", "10.50.0.53", "0a1b2c3d", "fw.on", "gw:51820"];
  const taken = words.filter((word) => new RegExp(pattern, "u").test(word));
  return fc.constantFrom(...(taken.length > 0 ? taken : words));
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema) {
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valueOf(one)])),
    { requiredKeys: [...required] },
  );
  const open = typeof additionalProperties === "object" ? additionalProperties : null;
  if (open === null) return named;
  const others = fc.dictionary(fc.string({ maxLength: 12 }), valueOf(open), { maxKeys: 3 });
  return fc.tuple(named, others).map(([one, more]) => ({ ...more, ...one }));
}

function wordOf(value: unknown): string {
  // An address has no half letters; a body has.
  return typeof value === "string" ? value.toWellFormed() : JSON.stringify(value ?? "x");
}

interface Sent {
  readonly path: string;
  readonly body: unknown;
}

function requestOf({ path, parameters, body }: Operation): fc.Arbitrary<Sent> {
  const values = fc.record(
    Object.fromEntries(parameters.map((one) => [one.name, valueOf(one.schema)])),
  );
  return fc
    .tuple(values, body === null ? fc.constant(undefined) : valueOf(body))
    .map(([given, content]): Sent => {
      const text = (name: string) => encodeURIComponent(wordOf(given[name]) || "x");
      const query = parameters
        .filter((one) => one.in === "query" && given[one.name] !== undefined)
        .map(({ name }) => `${name}=${text(name)}`);
      const route = path.replace(/\{(\w+)\}/g, (_, name: string) => text(name));
      return { path: query.length === 0 ? route : `${route}?${query.join("&")}`, body: content };
    });
}

/** Each caller has an address of its own, or the rate limit would answer in place of the route. */
let caller = 0;
const addressOf = (number: number) => `127.1.${number >> 8}.${number & 255}`;

function send(method: string, { path, body }: Sent): Promise<{ status: number; text: string }> {
  caller = (caller % 60_000) + 1;
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const headers = {
      ...api.asRootOver,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const options = { hostname, port, method, path, headers, localAddress: addressOf(caller) };
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test("no endpoint answers 5xx or a stack to whatever its own description lets one ask", async () => {
  // A stream of events never ends.
  const asked = operations.filter(({ path }) => path !== "/api/v1/live");
  expect(asked.length).toBeGreaterThan(60);
  const seen = new Set<number>();
  for (const operation of asked) {
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async (sent) => {
        const { status, text } = await send(operation.method, sent);
        seen.add(status);
        expect(
          status,
          `${operation.method} ${sent.path} ${JSON.stringify(sent.body)}`,
        ).toBeLessThan(500);
        expect(text).not.toMatch(/node_modules|\.ts:\d+:\d+|\n\s+at /);
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 8 },
    );
  }
  // The inputs are neither all wrong nor all right.
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]));
});

test("what asks for no token says so in the description, and nothing else does", async () => {
  const { body } = await api.ask("GET", "/openapi.json");
  const { paths } = body as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  const open = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length === 0)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  for (const { method, path } of operations) {
    const url = `${new URL(api.url).origin}${path.replace(/\{\w+\}/g, "x")}`;
    const json = { "content-type": "application/json" };
    const sent = method === "GET" ? {} : { headers: json, body: "{}" };
    const { status } = await fetch(url, { method, redirect: "manual", ...sent });
    const name = `${method} ${path}`;
    expect({ name, open: ![401, 429].includes(status) }).toEqual({
      name,
      open: open.includes(name),
    });
  }
});

test("answers of the API are never stored, sniffed, framed or referred from", async () => {
  for (const path of ["/devices", "/nothing", "/live"]) {
    const gone = new AbortController();
    const order = { headers: api.asRoot, signal: gone.signal };
    const { headers } = await fetch(`${api.url}${path}`, order);
    gone.abort();
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
    expect([...headers.keys()]).not.toContain("x-powered-by");
  }
});

test.each([
  "x-ssl-client-verify",
  "x-ssl-client-dn",
  "x-forwarded-client-cert",
  "x-client-cert",
  "client-cert",
  "x-forwarded-user",
  "x-remote-user",
  "remote-user",
])("a header `%s` proves nothing (FortiClient EMS CVE-2026-35616)", async (name) => {
  const answer = await api.ask("GET", "/devices", { headers: { [name]: "CN=root" } });
  expect([401, 429]).toContain(answer.status);
});
