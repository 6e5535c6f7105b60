import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { signalDocument } from "./signal-document.ts";

test("every signal has its own section with a fix per system", () => {
  const text = signalDocument();
  for (const entry of catalogue) {
    expect(text).toContain(`\n## ${entry.signal}\n`);
    for (const os of entry.os) expect(text).toContain(entry.fix[os].text);
  }
});
