import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";

test.each([
  ["Switch it on: `sudo ufw enable`.", "Switch it on: sudo ufw enable"],
  ["then `sallyport recheck`.", 'then "sallyport recheck".'],
  ["Set `IPV6=yes` in /etc/default/ufw.", "Set IPV6=yes in /etc/default/ufw."],
  ["Run: `a b` first, then: `c d`", 'Run: "a b" first, then: c d'],
  ["A lone ` stays.", "A lone ` stays."],
])("%s reads %s", (text, plain) => {
  expect(plainText(text)).toBe(plain);
});
