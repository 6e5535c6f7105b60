import { expect, test } from "vitest";
import type { TypedApi } from "./api-client.ts";
import { liveKindOf, liveNames } from "./live-names.ts";

test("arguments are completed by what they are called", () => {
  expect(["device", "devices", "identity", "gateway", "file", ""].map(liveKindOf)).toEqual([
    "device",
    "device",
    "device",
    "gateway",
    null,
    null,
  ]);
});

test("Attack: a name that a shell would read as more than a word is not offered", async () => {
  const names = ["lap-1", "lap $(id)", "lap;id", "lap`id`", "lap\n2", "-rf", "other"];
  const asked: unknown[] = [];
  const api = {
    ask(route: string, order: unknown) {
      asked.push(route, order);
      return Promise.resolve({ items: names.map((name) => ({ name })) });
    },
  } as unknown as TypedApi;
  expect(await liveNames(api, "device", "lap")).toEqual(["lap-1"]);
  expect(await liveNames(api, "user", "")).toEqual(["lap-1", "other"]);
  expect(asked).toMatchObject([
    "GET /devices",
    { query: { search: "lap" } },
    "GET /users",
    { query: { search: undefined } },
  ]);
});
