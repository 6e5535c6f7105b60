import { expect, test } from "vitest";
import { parseSpiffe, spiffeOf } from "./spiffe.ts";

test("identities survive their URI; other domains, roles and extra parts are refused", () => {
  const identity = { role: "device", id: "dev_1" } as const;
  expect(parseSpiffe(spiffeOf("corp.example", identity), "corp.example")).toEqual(identity);
  for (const uri of [
    "spiffe://evil.example/device/dev_1",
    "spiffe://corp.example/device/dev_1/more",
    "spiffe://corp.example/device/",
    "spiffe://corp.example/workload/dev_1",
    "https://corp.example/device/dev_1",
    "spiffe://corp.example/device/dev_1?x",
  ]) {
    expect(parseSpiffe(uri, "corp.example"), uri).toBeNull();
  }
});
