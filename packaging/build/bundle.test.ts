import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleParts } from "./bundle.ts";

test("the parts that are compiled beforehand are found, also where others import from them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-"));
  const modules = ["agent/cli/daemon.ts", "agent/cli/status.ts"];
  const parts = await bundleParts("agent/main.ts", folder, modules);
  expect(parts.map((part) => existsSync(join(folder, part)))).toEqual([true, true]);
  await expect(bundleParts("agent/main.ts", folder, ["agent/cli/none.ts"])).rejects.toThrow(
    "no part of `agent/main.ts` holds `agent/cli/none.ts`",
  );
  rmSync(folder, { recursive: true });
});
