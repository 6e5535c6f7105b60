// A desktop without a screen: Xvfb, a session bus and a panel in a Debian root of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cleanEnvironment } from "../lab/command.ts";
import { clone, programPath } from "../lab/program-path.ts";
import { debianRoot, rootFolder } from "../packages/box-root.ts";
import { type Ended, must, tell } from "../packages/host-command.ts";

const packages = [
  "dbus",
  "dbus-x11",
  "xvfb",
  "xfce4-panel",
  "imagemagick",
  "xdotool",
  "libatomic1",
  "libstdc++6",
  "fonts-dejavu-core",
  "x11-utils",
  "x11-xserver-utils",
  "xfconf",
  "adwaita-icon-theme",
];

const suite = "bookworm";
const width = 800;
const height = 480;
const startMs = 60_000;

/** Where on the screen something is. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A running desktop. */
export interface Desktop {
  /** Folder that the desktop sees as /share. */
  readonly share: string;
  /** Runs bash lines in the session; any code is an answer. */
  tell(lines: string): Ended;
  /** Keeps a picture of the screen under this name and returns its file. */
  picture(name: string): string;
  /** Returns the middle of what has this colour in the panel, or null. */
  find(tint: readonly [number, number, number]): Place | null;
  stop(): void;
}

/** Tells whether the root of the desktop is there, so that a start takes seconds and needs no mirror. */
export function desktopIsMade(): boolean {
  return existsSync(rootFolder(suite, packages));
}

/** Starts a desktop; pictures go to `pictures`. */
export async function startDesktop(pictures: string): Promise<Desktop> {
  const root = debianRoot(suite, packages);
  const folder = "/var/tmp/sallyport-desktop";
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["upper", "work", "root", "share/run"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  mkdirSync(pictures, { recursive: true });
  const script = join(clone, "test/tray/enter-desktop.sh");
  const child = spawn(
    programPath("unshare"),
    ["--mount", "--pid", "--net", "--fork", "--kill-child", "/bin/sh", script, root, folder, clone],
    { env: cleanEnvironment(), stdio: ["ignore", "ignore", "inherit"] },
  );
  const share = join(folder, "share");
  const endAt = Date.now() + startMs;
  while (!existsSync(join(share, "ready"))) {
    if (child.exitCode !== null || Date.now() > endAt) throw new Error("no desktop came up");
    await delay(100);
  }
  return desktopOf({ child, share, pictures, folder });
}

interface Parts {
  readonly child: ChildProcess;
  readonly share: string;
  readonly pictures: string;
  readonly folder: string;
}

function desktopOf({ child, share, pictures, folder }: Parts): Desktop {
  const leader = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  let steps = 0;
  const step = (lines: string): Ended => {
    steps += 1;
    writeFileSync(join(share, `step-${steps}.sh`), `. /share/environment\n${lines}\n`);
    const inside = ["--mount", "--pid", "--net", "--root", "--wd"];
    const argv = ["nsenter", "--target", leader, ...inside, "/bin/bash", `/share/step-${steps}.sh`];
    return tell(argv, { input: "" });
  };
  return {
    share,
    tell: step,
    picture: (name) => {
      const file = join(pictures, `${name}.png`);
      const taken = step("import -window root /share/screen.png");
      if (taken.exitCode !== 0) throw new Error(taken.stderr);
      cpSync(join(share, "screen.png"), file);
      return file;
    },
    find: (tint) => {
      const taken = step("import -window root -depth 8 rgb:/share/screen.rgb");
      if (taken.exitCode !== 0) throw new Error(taken.stderr);
      return middleOf(readFileSync(join(share, "screen.rgb")), tint);
    },
    stop: () => {
      child.kill("SIGKILL");
      must(["rm", "-rf", "--one-file-system", folder]);
    },
  };
}

const panelHeight = 40;
/** Panels scale icons, so that colours shift a little. */
const nearEnough = 24;

function middleOf(pixels: Buffer, tint: readonly [number, number, number]): Place | null {
  const found: Place[] = [];
  for (let y = 0; y < Math.min(panelHeight, height); y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      const near = tint.every((part, of) => Math.abs(part - (pixels[at + of] ?? 0)) < nearEnough);
      if (near) found.push({ x, y });
    }
  }
  if (found.length < 20) return null;
  const middle = (of: (place: Place) => number) =>
    Math.round(found.reduce((sum, place) => sum + of(place), 0) / found.length);
  return { x: middle(({ x }) => x), y: middle(({ y }) => y) };
}
