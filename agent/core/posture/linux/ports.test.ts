import fc from "fast-check";
import { expect, test } from "vitest";
import { openPorts } from "./ports.ts";

const head = "  sl  local_address rem_address   st tx_queue\n";
const row = (local: string, state: string) => `   0: ${local} 00000000:0000 ${state} 00000000\n`;
const none = { tcp: head, tcp6: head, udp: head, udp6: "" };

test("listening sockets that are not on loopback are named once, by number", () => {
  const tcp =
    head +
    row("00000000:1F90", "0A") +
    row("00000000:0019", "0A") +
    row("0100007F:0016", "0A") +
    row("0A0B0C0D:01BB", "01");
  const tcp6 =
    head +
    row("00000000000000000000000000000000:0050", "0A") +
    row("00000000000000000000000001000000:0051", "0A") +
    row("0000000000000000FFFF00000100007F:0052", "0A") +
    row("00000000000000000000000000000000:1F90", "0A");
  const udp = head + row("00000000:14E9", "07");
  expect(openPorts({ ...none, tcp, tcp6, udp })).toEqual([
    "tcp/25",
    "tcp/80",
    "tcp/8080",
    "udp/5353",
  ]);
});

test("a table that is cut is no answer", () => {
  expect(openPorts({ ...none, tcp: `${head}   0: 0000` })).toBeNull();
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      const ports = openPorts({ ...none, tcp: `${head}${text}` });
      expect(ports === null || ports.length === 0).toBe(true);
    }),
  );
});
