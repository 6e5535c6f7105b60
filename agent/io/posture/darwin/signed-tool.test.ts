import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { trustTool } from "../trusted-tool.ts";
import { trustTeam } from "./signed-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-signed-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Stand-ins for codesign: programs that only end, well or badly. */
const [agrees, refuses] = ["/usr/bin/true", "/usr/bin/false"];

test("a vendor's program is run when codesign says that the team signed it", async () => {
  expect(await trustTeam("X9E956P446", agrees)("/usr/bin/env")).toBeNull();
});

test("attack: another's signature, or no codesign to ask, and it is not run", async () => {
  expect(await trustTeam("X9E956P446", refuses)("/usr/bin/env")).toBe("tampered_tool");
  expect(await trustTeam("X9E956P446", join(folder, "none"))("/usr/bin/env")).toBe("tampered_tool");
  expect(await trustTeam("X9E956P446", agrees)("/usr/bin/none")).toBe("tool_missing");
});

test("attack: a good signature does not help what a person may replace before it runs", async () => {
  const path = join(folder, "mdatp");
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  expect(await trustTeam("UBF8T346G9", agrees)(path)).toBe("tampered_tool");
});

test("a group that may write is no obstacle only when it is named", async ({ skip }) => {
  skip(process.getuid?.() !== 0, "needs root: a folder of root's outside of /tmp");
  const place = mkdtempSync("/var/lib/sallyport-signed-");
  try {
    chmodSync(place, 0o775);
    const path = join(place, "tool");
    writeFileSync(path, "", { mode: 0o755 });
    expect(await trustTool(path)).toBe("tampered_tool");
    expect(await trustTool(path, [0])).toBeNull();
    chmodSync(place, 0o777);
    expect(await trustTool(path, [0])).toBe("tampered_tool");
  } finally {
    rmSync(place, { recursive: true });
  }
});
