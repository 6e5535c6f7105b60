import { expect, test } from "vitest";
import { anyDoor, requireAllowed } from "./allowed-door.ts";

const pin = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const asked = { url: "https://controller.example.com:8443", pin };

test("CVE-2025-0309: a rogue controller is refused where the owner named one, by address and by root", () => {
  const own = { controller: "https://controller.example.com:8443/", rootPins: [pin] };
  expect(() => requireAllowed(asked, own)).not.toThrow();
  expect(() => requireAllowed(asked, anyDoor)).not.toThrow();
  for (const rogue of [
    { ...asked, url: "https://controller.example.com.evil.test:8443" },
    { ...asked, url: "https://controller.example.com:443" },
    { ...asked, pin: pin.toLowerCase() },
  ]) {
    expect(() => requireAllowed(rogue, own)).toThrow(/SP-421/);
  }
});
