import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { faceOf } from "./face.ts";
import { type MenuAction, menuOf } from "./menu.ts";
import { openNativeView } from "./native-view.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A view that keeps what it is told, and clicks as its lines say. */
function viewThatClicks(...lines: readonly string[]): string {
  const program = join(directory, "view");
  const clicks = lines.map((line) => `echo '${line}'`).join("\n");
  writeFileSync(
    program,
    `#!/bin/sh\nread first\necho "$first" >${directory}/told\n${clicks}\nwhile read more; do :; done\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

test("a native view is told icon, tip and menu, and what it says was clicked is done", async () => {
  const heard = Promise.withResolvers<MenuAction>();
  const program = viewThatClicks('{"kind":"ready"}', '{"kind":"chosen","id":4}');
  const desktop = await openNativeView(program, heard.resolve);
  const status = statusOf("connected", [openResource("wiki")]);
  desktop?.show(faceOf(status), menuOf(status));
  expect(await heard.promise).toEqual({ kind: "recheck" });
  const told = JSON.parse(readFileSync(join(directory, "told"), "utf8")) as {
    tip: string;
    icon: { side: number; pixels: string };
    menu: { id: number }[];
  };
  expect(told.tip).toBe(faceOf(status).line);
  expect(Buffer.from(told.icon.pixels, "base64")).toHaveLength(told.icon.side ** 2 * 4);
  expect(told.menu.length).toBeLessThanOrEqual(9);
  desktop?.close();
  await desktop?.ended;
});

test("a view cannot choose a line that is greyed or absent, nor say anything else", async () => {
  const heard: MenuAction[] = [];
  const last = Promise.withResolvers<void>();
  const program = viewThatClicks(
    '{"kind":"chosen","id":8}',
    '{"kind":"chosen","id":77}',
    '{"kind":"run","program":"/bin/sh"}',
    "not json",
    '{"kind":"pressed"}',
  );
  const desktop = await openNativeView(program, (action) => {
    heard.push(action);
    last.resolve();
  });
  const status = statusOf("connected", [], { managed: ["AlwaysOn"] });
  desktop?.show(faceOf(status), menuOf(status));
  await last.promise;
  expect(heard).toEqual([{ kind: "open", part: "blocked" }]);
  desktop?.close();
  await desktop?.ended;
});

test("a press on the warning before a sign-in ends begins one", async () => {
  const heard = Promise.withResolvers<MenuAction>();
  const desktop = await openNativeView(viewThatClicks('{"kind":"pressed"}'), heard.resolve);
  const words = { cause: "sign-in", title: "Sign in to keep access", body: "", stays: true };
  desktop?.tell({ ...words, offers: "signIn" });
  expect(await heard.promise).toEqual({ kind: "signIn" });
  desktop?.close();
  await desktop?.ended;
});

test("an installation without its view says so instead of failing", async () => {
  expect(await openNativeView(join(directory, "absent"), () => undefined)).toBeNull();
});
