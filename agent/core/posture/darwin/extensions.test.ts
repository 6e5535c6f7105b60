import fc from "fast-check";
import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { enabledExtensions, extensionProducts } from "./extensions.ts";

const listing = [
  "2 extension(s)",
  "--- com.apple.system_extension.endpoint_security",
  "enabled\tactive\tteamID\tbundleID (version)\tname\t[state]",
  "*\t*\tUBF8T346G9\tcom.microsoft.wdav.epsext (101.23/101.23)\tMicrosoft Defender\t[activated enabled]",
  "\t\tX9E956P446\tcom.crowdstrike.falcon.Agent (7.1/1)\tFalcon\t[terminated waiting to uninstall on reboot]",
].join("\n");

test("only activated and enabled extensions of the right team count", () => {
  const enabled = enabledExtensions(listing) ?? [];
  expect(extensionProducts(edrCatalogue, enabled).map(({ id }) => id)).toEqual(["defender"]);
  const forged = enabledExtensions(listing.replace("UBF8T346G9", "ABCDE12345")) ?? [];
  expect(extensionProducts(edrCatalogue, forged)).toEqual([]);
  expect(enabledExtensions("0 extension(s)\n")).toEqual([]);
  const watching = listing.replace(
    "UBF8T346G9\tcom.microsoft.wdav.epsext",
    "ZMCG7MLDV9\tcom.northpolesec.santa.daemon",
  );
  expect(extensionProducts(edrCatalogue, enabledExtensions(watching) ?? [])).toEqual([]);
});

test("garbage is no listing", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(enabledExtensions(text)).toBeNull();
    }),
  );
});
