import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lostStore } from "./lost-store.ts";
import { placesIn } from "./places.ts";

test("files of a controller without its store are a loss, unless an `init` had begun", () => {
  const places = placesIn(mkdtempSync(join(tmpdir(), "sallyport-lost-")));
  try {
    expect(lostStore(places)).toBeNull();
    writeFileSync(places.auditKey, "{}");
    expect(lostStore(places)?.code).toBe("SP-805");
    writeFileSync(places.beginning, "");
    expect(lostStore(places)).toBeNull();
  } finally {
    rmSync(places.directory, { recursive: true });
  }
});
