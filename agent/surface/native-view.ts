/**
 * The icon on Windows and macOS: a native program beside this one draws what it is told and tells
 * what was clicked, one JSON object a line. It lives as long as we do.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { prose } from "../cli/output.ts";
import { parseJson } from "../io/json-text.ts";
import type { Chosen, Desktop } from "./desktop.ts";
import type { Face } from "./face.ts";
import { iconOf } from "./icon.ts";
import { lineOf, type MenuAction, type MenuLine } from "./menu.ts";

const iconSide = 32;
const tipMax = 127;

const told = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("chosen"), id: z.int().min(1).max(65_535) }),
  z.object({ kind: z.literal("pressed") }),
]);

/** Starts a view; null where the program is not there. */
export function openNativeView(program: string, chosen: Chosen): Promise<Desktop | null> {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = Promise.withResolvers<void>();
  let menu: readonly MenuLine[] = [];
  // What a press on the last notice does.
  let offered: MenuAction = { kind: "open", part: "blocked" };
  child.on("exit", () => ended.resolve());
  // A view that has gone is told by its exit.
  child.stdin.on("error", () => undefined);
  const say = (order: object): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const parsed = told.safeParse(parseJson(line));
    if (!parsed.success) return;
    if (parsed.data.kind === "pressed") chosen(offered);
    if (parsed.data.kind !== "chosen") return;
    const clicked = lineOf(menu, parsed.data.id);
    if (clicked?.enabled === true) chosen(clicked.action);
  });
  const desktop: Desktop = {
    show: (face, lines) => {
      menu = lines;
      say({
        kind: "show",
        tip: prose(face.line).slice(0, tipMax).toWellFormed(),
        icon: pictureOf(face),
        menu: lines,
      });
    },
    tell: ({ title, body, offers }) => {
      offered = offers === undefined ? { kind: "open", part: "blocked" } : { kind: offers };
      say({ kind: "notice", title, body });
    },
    // These systems let their notices go by themselves.
    withdraw: () => undefined,
    ended: ended.promise,
    close: () => child.stdin.end(),
  };
  const started = Promise.withResolvers<Desktop | null>();
  child.on("spawn", () => started.resolve(desktop));
  child.on("error", () => {
    started.resolve(null);
    ended.resolve();
  });
  return started.promise;
}

/** Red, green, blue and cover of each pixel. */
function pictureOf({ kind }: Face): { readonly side: number; readonly pixels: string } {
  const pixels = iconOf(kind, iconSide);
  for (let at = 0; at < pixels.length; at += 4) {
    const cover = pixels[at] ?? 0;
    pixels.copyWithin(at, at + 1, at + 4);
    pixels[at + 3] = cover;
  }
  return { side: iconSide, pixels: pixels.toString("base64") };
}
