import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linuxUsers, seatFor } from "./seat.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  for (const name of ["seats", "sessions"]) mkdirSync(join(directory, name));
});
afterEach(() => rmSync(directory, { recursive: true }));

const seat = (active: string) =>
  writeFileSync(
    join(directory, "seats", "seat0"),
    `# This is private data. Do not parse.\nIS_SEAT0=1\nCAN_GRAPHICAL=1\n${active}SESSIONS=2 c1\n`,
  );
const session = (id: string, uid: string, kind: string) =>
  writeFileSync(
    join(directory, "sessions", id),
    `# This is private data. Do not parse.\n${uid}USER=ada\nACTIVE=1\nSTATE=active\nCLASS=${kind}\nSEAT=seat0\n`,
  );

const own = { active: "ACTIVE=2\n", uid: "UID=1000\n", kind: "user" };

test.each([
  ["the person of the active session", { ...own, active: "ACTIVE=2\nACTIVE_UID=1000\n" }, [1_000]],
  ["a person of another class", { ...own, kind: "user-early" }, [1_000]],
  ["nobody, behind a greeter", { ...own, uid: "UID=42\n", kind: "greeter" }, []],
  ["nobody, where no session is active", { ...own, active: "" }, []],
  ["somebody unknown, where the session says nothing", { ...own, uid: "" }, [null]],
  ["somebody unknown, where the session is gone", { ...own, active: "ACTIVE=3\n" }, [null]],
  ["nobody, where the name leads elsewhere", { ...own, active: "ACTIVE=../2\n" }, []],
])("%s sits at the screen", (_, { active, uid, kind }, users) => {
  seat(active);
  session("2", uid, kind);
  expect(linuxUsers(directory)).toEqual(users);
});

test("without logind nobody sits there", () => {
  expect(linuxUsers(join(directory, "none"))).toEqual([]);
});

test("a screen is one's own, another's, or nobody's", () => {
  expect(seatFor(1_000, [1_000])).toBe("own");
  expect(seatFor(1_001, [1_000])).toBe("another's");
  expect(seatFor(1_000, [null])).toBe("another's");
  expect(seatFor(1_000, [])).toBeUndefined();
});
