import { expect, test } from "vitest";
import { tlsServerFactory } from "./tls.ts";

test("over TLS, too, a request that comes drop by drop is ended (slow requests)", () => {
  const limits = { connectionTimeout: 120_000, requestTimeout: 10_000 };
  const credentials = { keyPem: "", chainPem: "" };
  const make = () => tlsServerFactory(credentials, limits)(() => undefined);
  expect(make()).toMatchObject({ timeout: 120_000, requestTimeout: 10_000 });
});
