import { expect, test } from "vitest";
import { run } from "./process.ts";

test("a step that hangs is ended and named", async () => {
  const hanging = run("/bin/sleep", ["600"], { deadlineMs: 1 });
  await expect(hanging).rejects.toThrow(/^\/bin\/sleep 600: not ended within 0.001 s/);
});

test("a step that fails says what it printed", async () => {
  await expect(run("/bin/cat", ["/"], { env: { LC_ALL: "C" } })).rejects.toThrow(
    /exit 1\n.*directory/,
  );
});
