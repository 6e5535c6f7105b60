import { expect, test } from "vitest";
import { signsIn } from "./autologin.ts";

test.each([
  ["gdm", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n", true],
  ["gdm", "[daemon]\n#  AutomaticLoginEnable = true\n", false],
  ["gdm", "[security]\nAutomaticLoginEnable=true\n", false],
  ["gdm", "[daemon]\nTimedLoginEnable = true\n", true],
  ["gdm", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLoginEnable=false\n", false],
  ["lightdm", "[Seat:*]\nautologin-user=bob\n", true],
  ["lightdm", "[Seat:*]\n#autologin-user=bob\nautologin-user=\n", false],
  ["sddm", "[Autologin]\nUser=carol\nSession=plasma\n", true],
  ["sddm", "[Autologin]\nUser=\n[Users]\nUser=x\n", false],
  ["getty", "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root tty1\n", true],
  ["getty", "[Service]\nExecStart=-/sbin/agetty -o '-p' tty1\n", false],
  ["gdm", "", false],
] as const)("%s with %j: %s", (program, text, expected) => {
  expect(signsIn(program, text)).toBe(expected);
});
