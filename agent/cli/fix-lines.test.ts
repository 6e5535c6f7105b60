import { expect, test } from "vitest";
import { fixLines } from "./fix-lines.ts";

test("steps stand in lines of their own, without backticks, with the command of them all", () => {
  const text = "1. Let SSH in: `sudo ufw allow ssh`. 2. Switch it on: `sudo ufw enable`.";
  expect(fixLines("fix (you)", { text, command: "sudo ufw allow ssh && sudo ufw enable" })).toEqual(
    [
      "  fix (you):",
      "    1. Let SSH in: sudo ufw allow ssh",
      "    2. Switch it on: sudo ufw enable",
      "    as a command:",
      "    sudo ufw allow ssh && sudo ufw enable",
    ],
  );
});

test("a command that a step names is not said twice", () => {
  const text =
    "1. See who: `getent group sudo`. 2. Take out who need not: `sudo gpasswd -d NAME sudo`.";
  expect(fixLines("fix", { text, command: "getent group sudo" })).toEqual([
    "  fix:",
    "    1. See who: getent group sudo",
    "    2. Take out who need not: sudo gpasswd -d NAME sudo",
  ]);
});

test("one sentence stands beside its command, and steers no terminal", () => {
  expect(fixLines("fix", { text: "Install the updates.", command: "sudo apt\u001b[2J" })).toEqual([
    "  fix: Install the updates.",
    "    sudo apt\u{fffd}[2J",
  ]);
  expect(fixLines("fix", { text: "Run `sallyport recheck` then.", command: undefined })).toEqual([
    '  fix: Run "sallyport recheck" then.',
  ]);
});
