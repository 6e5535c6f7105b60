import { expect, test } from "vitest";
import { gatewayEndText } from "./gateway-end.ts";

const gateway = {
  id: "a",
  name: "gw-a",
  site: "office",
  status: "active",
  connected: true,
} as const;

test("only a gateway of the same site that is active and connected takes over", () => {
  const away = { ...gateway, id: "b", name: "gw-b", connected: false };
  const blocked = { ...gateway, id: "c", name: "gw-c", status: "quarantined" } as const;
  const elsewhere = { ...gateway, id: "d", name: "gw-d", site: "lab" };
  const ready = { ...gateway, id: "e", name: "gw-e" };
  const nobody = [gateway, away, blocked, elsewhere];
  expect(gatewayEndText(gateway, nobody)).toMatch(/^nothing in office can be reached/);
  expect(gatewayEndText(gateway, [...nobody, ready])).toBe("devices reach office through gw-e");
});
