import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const programs = ["agent", "controller"] as const;

test.each(programs)(
  "the %s says that an answer could not be written, and ends with no code that answers",
  async (program) => {
    const full = openSync("/dev/full", "w");
    const main = join(import.meta.dirname, "../..", program, "main.ts");
    const child = spawn(process.execPath, [main, "completion", "bash"], {
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (part: string) => (stderr += part));
    const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(exit).toBe(70);
    expect(stderr).toContain("could not be written");
    expect(stderr).not.toContain("    at ");
  },
);
