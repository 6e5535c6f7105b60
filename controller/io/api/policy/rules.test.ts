import { expect, it } from "vitest";
import type { ApiContext } from "../context.ts";
import { changeRulesKey } from "../../store/change-rules.ts";
import { readChangeRules } from "./rules.ts";

function rulesOf(settings: Readonly<Record<string, unknown>>) {
  const store = { read: async () => settings } as unknown as ApiContext["store"];
  return readChangeRules({ store });
}

it("asks for a second approver where the stored rule says so, and where it is damaged", async () => {
  expect(await rulesOf({})).toEqual({ secondApprover: false });
  expect(await rulesOf({ [changeRulesKey]: { secondApprover: false } })).toEqual({
    secondApprover: false,
  });
  expect(await rulesOf({ [changeRulesKey]: { secondApprover: true } })).toEqual({
    secondApprover: true,
  });
  for (const damaged of [null, "off", {}, { secondApprover: "no" }]) {
    expect(await rulesOf({ [changeRulesKey]: damaged })).toEqual({ secondApprover: true });
  }
});
