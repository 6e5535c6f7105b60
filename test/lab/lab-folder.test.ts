import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { entranceOf, removeEntrance, removeLabFolder } from "./lab-folder.ts";

/** Two labs beside each other; the way in leads into the newer one. */
function twoLabs() {
  const root = mkdtempSync(join(tmpdir(), "sallyport-labs-"));
  const [older = "", newer = ""] = ["run-1", "run-2"].map((name) => join(root, name));
  for (const folder of [older, newer]) mkdirSync(folder);
  writeFileSync(entranceOf(newer), `read -r unshare < '${newer}/unshare-pid'\n`);
  return { root, older, newer };
}

it("removes the way in with the lab that it leads into, and no other", () => {
  const { root, older, newer } = twoLabs();
  removeEntrance(older);
  expect(existsSync(entranceOf(older))).toBe(true);
  removeLabFolder(newer);
  expect([existsSync(entranceOf(newer)), existsSync(newer), existsSync(older)]).toEqual([
    false,
    false,
    true,
  ]);
  removeLabFolder(root);
});
