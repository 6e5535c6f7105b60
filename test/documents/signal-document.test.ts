import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { signalDocument } from "./signal-document.ts";

test("every signal has its own section with a fix per system", () => {
  const text = signalDocument();
  for (const entry of catalogue) {
    expect(text).toContain(`\n## ${entry.signal}\n`);
    for (const fix of entry.os.map((os) => entry.fix[os])) {
      for (const { text: own } of [fix, ...(fix.ways ?? [])]) expect(text).toContain(own);
    }
  }
});

test("a signal of a system on which nothing was run says so", () => {
  const text = signalDocument();
  for (const { signal, os } of catalogue) {
    const section = text.slice(text.indexOf(`\n## ${signal}\n`)).split("\n## ")[1] ?? "";
    const names = { linux: [], darwin: ["macOS"], windows: ["Windows"] } as const;
    const foreign = os.flatMap((name) => names[name]);
    const note = `Not run on a real host: ${foreign.join(", ")}.`;
    expect(section.includes(note)).toBe(foreign.length > 0);
  }
});
