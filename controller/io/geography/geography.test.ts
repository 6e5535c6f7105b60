import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseCidr } from "#shared/net/cidr.ts";
import { mmdbFile } from "../../../test/fakes/mmdb-file.ts";
import { openGeography } from "./geography.ts";

let folder: string;
const log = { info: () => undefined };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "geography-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function keep(name: string, bytes: Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const berlin = { latitude: 52.5, longitude: 13.4, accuracy_radius: 20 };
const cities = () =>
  keep(
    "city.mmdb",
    mmdbFile([
      ["192.0.2.0/24", { country: { iso_code: "DE" }, location: berlin }],
      ["2001:db8:0:0:0:0:0:0/32", { country: { iso_code: "BR" } }],
      ["203.0.113.0/24", { country: { iso_code: "far away" } }],
    ]),
  );
const networks = () =>
  keep("asn.mmdb", mmdbFile([["192.0.2.0/25", { autonomous_system_number: 64_500 }]]));

test("country, point and network come together from several files; what none knows is unknown", () => {
  const geography = openGeography({ files: [cities(), networks()], pins: [], egress: [] }, log);
  const point = { latitude: 52.5, longitude: 13.4, accuracyKm: 20 };
  expect(geography.locate("192.0.2.9")).toEqual({
    country: "DE",
    network: 64_500,
    point,
    egress: false,
  });
  expect(geography.locate("192.0.2.200")).toEqual({ country: "DE", point, egress: false });
  expect(geography.locate("2001:db8::7")).toEqual({ country: "BR", egress: false });
  expect([
    geography.locate("198.51.100.1"),
    geography.locate("203.0.113.1"),
    geography.locate("no address"),
  ]).toEqual([null, null, null]);
});

test("an operator's own way out is marked, known or not", () => {
  const egress = [parseCidr("192.0.2.0/24")!, parseCidr("198.51.100.0/24")!];
  const geography = openGeography({ files: [cities()], pins: [], egress }, log);
  expect(geography.locate("192.0.2.9")).toMatchObject({ country: "DE", egress: true });
  expect(geography.locate("198.51.100.1")).toEqual({ egress: true });
});

test("a file that is not pinned, no database or not there is refused by name", () => {
  const file = cities();
  const open = (files: string[], pins: string[]) => () =>
    openGeography({ files, pins, egress: [] }, log);
  const digest = createHash("sha256").update(mmdbFile([])).digest("hex");
  expect(open([file], [digest])).toThrow(expect.objectContaining({ code: "SP-640" }));
  expect(open([keep("text.mmdb", Buffer.from("hello"))], [])).toThrow(/SP-640|text\.mmdb/);
  expect(open([join(folder, "absent.mmdb")], [])).toThrow(/absent\.mmdb/);
});
