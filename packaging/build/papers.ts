/** The papers that go with every package: licence notices and the bill of materials. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { patchesOf } from "./vendored-patches.ts";
import { shippedDependencies } from "./dependencies.ts";
import type { Program } from "./imported-packages.ts";
import type { Wintun } from "./wintun.ts";

/** Returns a Debian copyright file; the texts themselves are long and stand beside it. */
export function copyrightFile(): string {
  return `Sallyport is licensed under the Apache License, Version 2.0; its text is in
/usr/share/common-licenses/Apache-2.0.

Copyright (C) 2026 the Sallyport authors

It contains parts of others under licences of their own. Each with its version,
its copyright and its licence is in notices.txt.gz beside this file.
`;
}

/** Returns a Debian changelog that names the one entry of this build; `epochSeconds` dates it. */
export function debianChangelog(name: string, version: string, epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000).toUTCString().replace("GMT", "+0000");
  return `${name} (${version}) unstable; urgency=medium

  * See CHANGELOG.md of the sources.

 -- Sallyport <packages@sallyport.dev>  ${date}
`;
}

/** Returns the licence notices of everything that is shipped, Go and its modules included. */
export function licenceNotices({ nodePackage, goVersion }: Runtimes): string {
  const node = shippedDependencies(nodePackage).map(
    (item) => `${item.name} ${item.version} (${item.licence})\n\n${item.licenceText.trim()}\n`,
  );
  const go = goParts(goVersion).map(
    (item) => `${item.name} ${item.version}\n\n${item.licenceText.trim()}\n`,
  );
  const rule = `\n${"-".repeat(78)}\n\n`;
  return [`Sallyport (Apache-2.0), with the following parts of others.\n`, ...node, ...go].join(
    rule,
  );
}

/** What the programs run on: Node of this package, and what this Go compiled into netd. */
export interface Runtimes {
  readonly nodePackage: string;
  readonly goVersion: string;
}

/** What a build of a program is: `epochSeconds` dates it. */
export interface BuildNames extends Runtimes {
  readonly program: Program;
  readonly version: string;
  readonly epochSeconds: number;
  readonly wintun?: Wintun | undefined;
}

/** Returns a CycloneDX 1.6 bill of materials of the package of one program; netd goes with the agent. */
export function billOfMaterials(build: BuildNames): string {
  const { version, epochSeconds, wintun, program } = build;
  const brought =
    wintun === undefined
      ? []
      : [
          {
            type: "library",
            name: "wintun",
            version: wintun.version,
            licenses: [licenceEntry("Prebuilt Binaries License")],
            purl: wintunUrl(wintun),
          },
        ];
  const node = shippedDependencies(build.nodePackage, program).map((item) =>
    component("npm", item),
  );
  const compiled = program === "agent" ? goParts(build.goVersion) : [];
  const go = compiled.map((item) => ({ ...component("golang", item), ...pedigree(item.name) }));
  const name = program === "agent" ? "sallyport" : "sallyport-controller";
  return `${JSON.stringify(
    {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        timestamp: new Date(epochSeconds * 1000).toISOString(),
        component: { type: "application", name, version },
      },
      components: [...node, ...go, ...brought],
    },
    null,
    2,
  )}\n`;
}

function wintunUrl({ version }: Wintun): string {
  return `pkg:generic/wintun@${version}?download_url=https://www.wintun.net`;
}

interface Part {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

function component(kind: "npm" | "golang", { name, version, licence }: Part): object {
  const path = kind === "npm" ? name.replace("@", "%40") : name;
  const purl = `pkg:${kind}/${path}@${version}`;
  return { type: "library", name, version, licenses: [licenceEntry(licence)], purl };
}

/** What we changed in it, whole, so that nobody takes it for what its authors published. */
function pedigree(module: string): object {
  const patches = patchesOf(module).map(({ text }) => ({
    type: "unofficial",
    diff: { text: { contentType: "text/x-diff", content: text } },
  }));
  return patches.length === 0 ? {} : { pedigree: { patches } };
}

/** One licence by its SPDX name, several as an expression; words of a package's own stay words. */
function licenceEntry(licence: string): object {
  if (/^\(?[\w.-]+( (OR|AND|WITH) [\w.-]+)+\)?$/.test(licence)) return { expression: licence };
  return { license: /^[\w.-]+$/.test(licence) ? { id: licence } : { name: licence } };
}

interface GoPart {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly licenceText: string;
}

function goParts(goVersion: string): readonly GoPart[] {
  const modules = goModules();
  // Go's own library has the licence of the modules beside it, word for word.
  const licenceText = modules.find(({ name }) => name === "golang.org/x/sys")?.licenceText ?? "";
  const licence = goLicence(licenceText);
  return [{ name: "stdlib", version: goVersion, licence, licenceText }, ...modules];
}

function goModules(): readonly GoPart[] {
  const listing = readFileSync("native/vendor/modules.txt", "utf8");
  return [...listing.matchAll(/^# (\S+) (v\S+)$/gm)].map(([, name = "", version = ""]) => {
    const folder = join("native/vendor", name);
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const licenceText = file === undefined ? "" : readFileSync(join(folder, file), "utf8");
    return { name, version, licence: goLicence(licenceText), licenceText };
  });
}

/** Modules of Go name no licence, so it is told by its text. */
function goLicence(licenceText: string): string {
  const words = licenceText.replaceAll(/\s+/g, " ");
  if (words.includes("Apache License Version 2.0")) return "Apache-2.0";
  if (words.includes("Permission is hereby granted, free of charge")) return "MIT";
  if (!words.includes("Redistribution and use in source and binary forms")) return "see text";
  return /Neither the name|names of its contributors/.test(words) ? "BSD-3-Clause" : "BSD-2-Clause";
}
