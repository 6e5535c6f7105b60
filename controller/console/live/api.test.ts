import { afterEach, expect, test } from "vitest";
import { recheckAnswer } from "#shared/protocol/api/device.ts";
import { AnswerMismatch, ApiRefusal, ask } from "./api.ts";

const { fetch: own } = globalThis;

afterEach(() => {
  globalThis.fetch = own;
});

function answering(status: number, body: unknown): Request[] {
  const seen: Request[] = [];
  globalThis.fetch = (input, init) => {
    seen.push(new Request(new URL(input as string, "http://console.test"), init));
    return Promise.resolve(Response.json(body, { status }));
  };
  return seen;
}

const effect = { tookMs: 3, removals: [] };
const recheck = () =>
  ask("POST /devices/:key/recheck", recheckAnswer, { params: { key: "a/b" }, body: {} });

test("an answer is parsed by the schema of its route: what that does not name is dropped", async () => {
  const seen = answering(200, { id: "dev_1", asked: true, ...effect, secret: "no" });
  expect(await recheck()).toEqual({ id: "dev_1", asked: true, ...effect });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST http://console.test/api/v1/devices/a%2Fb/recheck",
  ]);
});

test("an answer of another version is told as such, with its place", async () => {
  answering(200, { id: "dev_1", asked: "yes", ...effect });
  const refused = await recheck().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AnswerMismatch);
  expect(String(refused)).toContain("answered asked: ");
});

test("a problem is a refusal with its code; what is none is of another version", async () => {
  const problem = {
    type: "about:blank",
    title: "Not found",
    status: 404,
    detail: "there is no `a/b`",
    code: "SP-702",
    slug: "not-found",
    fix: "list what there is",
    params: {},
  };
  answering(404, problem);
  expect(await recheck().catch((error: unknown) => error)).toMatchObject({ problem });
  answering(404, { error: "nginx" });
  const strange = await recheck().catch((error: unknown) => error);
  expect(strange).not.toBeInstanceOf(ApiRefusal);
  expect(strange).toBeInstanceOf(AnswerMismatch);
});
