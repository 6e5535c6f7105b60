import { expect, test } from "vitest";
import { CodedError, describeError } from "#shared/base/coded-error.ts";
import { update } from "./update.ts";

test.each([
  ["windows", "msi"],
  ["darwin", "pkg"],
] as const)(
  "on %s a new version is one %s of device management's, and not ours",
  async (os, installer) => {
    for (const options of [{}, { check: true }]) {
      const refusal = await update(options, os).catch((error: unknown) => error);
      if (!(refusal instanceof CodedError)) throw new Error(String(refusal));
      const { detail, fix } = describeError(refusal);
      expect(refusal.code).toBe("SP-428");
      expect(detail).toContain("on Linux alone");
      expect(fix).toContain(`install a newer ${installer} over this version`);
      expect(`${detail} ${fix}`).not.toContain("sudo");
    }
  },
);
