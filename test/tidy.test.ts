/** The code about the code: layout, names, sizes, imports and dependencies, asserted on the tracked files. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { errorTable } from "#shared/base/errors.ts";
import { agentVersion } from "../agent/io/host.ts";
import { controllerVersion } from "../controller/io/version.ts";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: top, encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(top, path)));
const sources = tracked.filter(
  (path) => /\.(ts|tsx|cjs|go)$/.test(path) && !path.startsWith("native/vendor/"),
);
const text = (path: string) => readFileSync(join(top, path), "utf8");
const importsOf = (path: string) =>
  [...text(path).matchAll(/\b(?:from|import)(?!")\s*\(?\s*["']([^"']+)["']/g)].map(
    (match) => match[1] ?? "",
  );

/** Who may import whom: the first row whose `from` matches decides; targets are prefixes of paths. */
const layers: readonly { from: RegExp; may: readonly string[] }[] = [
  { from: /^shared\//, may: ["shared/"] },
  { from: /^agent\/core\//, may: ["agent/core/", "shared/"] },
  { from: /^agent\/ports\.ts$/, may: ["agent/core/", "shared/"] },
  { from: /^agent\/run(\.ts|\/)/, may: ["agent/run", "agent/ports.ts", "agent/core/", "shared/"] },
  { from: /^agent\/io\//, may: ["agent/io/", "agent/ports.ts", "agent/core/", "shared/"] },
  { from: /^agent\//, may: ["agent/", "shared/"] },
  { from: /^controller\/console\//, may: ["controller/console/", "shared/"] },
  { from: /^controller\/core\//, may: ["controller/core/", "shared/"] },
  { from: /^controller\/ports\//, may: ["controller/ports/", "controller/core/", "shared/"] },
  {
    from: /^controller\/run(\.ts|\/)/,
    may: ["controller/run", "controller/ports/", "controller/core/", "shared/"],
  },
  {
    from: /^controller\/io\//,
    may: ["controller/io/", "controller/ports/", "controller/core/", "shared/"],
  },
  { from: /^controller\//, may: ["controller/", "shared/"] },
  { from: /^(test|packaging)\//, may: [""] },
];

/** Third-party modules that each part may load; whatever root runs ships only what is named here. */
const thirdParty: readonly { from: RegExp; may: readonly string[] }[] = [
  { from: /^shared\/(protocol|settings)\//, may: ["zod"] },
  { from: /^shared\/policy\//, may: ["yaml"] },
  { from: /^(shared|agent\/core|controller\/core)\//, may: [] },
  { from: /^agent\/collector\//, may: ["systeminformation"] },
  { from: /^agent\/io\/update\//, may: ["zod", "tuf-js", "tuf-js/dist/error.js", "@tufjs/models"] },
  { from: /^agent\/surface\//, may: ["zod", "@httptoolkit/dbus-native"] },
  {
    from: /^agent\//,
    may: ["zod", "ws", "winston", "tweetnacl", "node-forge", "commander", "yaml"],
  },
  {
    from: /^controller\/console\//,
    may: [
      "react",
      "react-dom/client",
      "zod",
      "@mantine/core",
      "@mantine/core/styles.css",
      "@mantine/hooks",
      "@tanstack/react-query",
      "@tanstack/react-virtual",
      "wouter",
      "vite",
      "@vitejs/plugin-react",
    ],
  },
  { from: /^controller\/io\/pki\//, may: ["@peculiar/x509", "reflect-metadata"] },
  { from: /^controller\/io\/sign-in\//, may: ["openid-client", "zod"] },
  { from: /^controller\/io\/passkey\//, may: ["@simplewebauthn/server", "zod"] },
  { from: /^controller\/io\/geography\//, may: ["mmdb-lib", "zod"] },
  { from: /^controller\/io\/store\//, may: ["kysely", "kysely/migration", "zod"] },
  {
    from: /^controller\//,
    may: [
      "zod",
      "ws",
      "winston",
      "commander",
      "yaml",
      "fastify",
      "fastify-type-provider-zod",
      "@fastify/swagger",
    ],
  },
];

const listed = (names: string) => names.split(" ");
const netdWords = listed("strict object ports fault clock");

/** The sides of netd know each other by ports alone: what they say, who reads hostile names, who judges, who touches. */
const netdSides: readonly { side: readonly string[]; may: readonly string[] }[] = [
  { side: netdWords, may: [] },
  { side: listed("dns confine"), may: [] },
  {
    side: listed(
      "daemon trust lease ceiling store folder ipc socket peercred splice read ending journal",
    ),
    may: netdWords,
  },
  {
    side: listed(
      "kernel filter guard route wg observation learned names systemdns nrpt wfp adapter absent host",
    ),
    may: [...netdWords, "dns", "confine", "ceiling", "folder"],
  },
];

const typescript = sources.filter((path) => /\.tsx?$/.test(path));
const product = typescript.filter(
  (path) => !path.endsWith(".test.ts") && /^(shared|agent|controller)\//.test(path),
);

function resolveImport(path: string, target: string): string | null {
  if (target.startsWith("#shared/")) return target.replace("#shared/", "shared/");
  return target.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), target)) : null;
}

/** Leaves out, again and again, who imports nobody that is left or is imported by nobody: what stays is in circles. */
function circles(paths: readonly string[]): readonly string[] {
  const arrows = new Set(
    paths.flatMap((from) => importsOf(from).map((to) => [from, resolveImport(from, to)] as const)),
  );
  const left = new Set(paths);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const arrow of arrows) {
      if (!left.has(arrow[0]) || arrow[1] === null || !left.has(arrow[1])) arrows.delete(arrow);
    }
    const froms = new Set([...arrows].map(([from]) => from));
    const targets = new Set([...arrows].map(([, to]) => to));
    for (const path of left) if (!froms.has(path) || !targets.has(path)) left.delete(path);
  }
  return [...left];
}

describe("imports", () => {
  test("run in no circle, of types neither", () => {
    expect(circles(product)).toEqual([]);
  });

  test("go one way only", () => {
    const crossed: string[] = [];
    for (const path of product) {
      const layer = layers.find((row) => row.from.test(path));
      for (const target of importsOf(path)) {
        const resolved = resolveImport(path, target);
        if (resolved !== null && !layer?.may.some((prefix) => resolved.startsWith(prefix))) {
          crossed.push(`${path} -> ${resolved}`);
        }
      }
    }
    expect(crossed).toEqual([]);
  });

  test("of netd's sides meet in cmd alone", () => {
    const packages = sources.filter(
      (path) => /^native\/internal\/(?!fake)/.test(path) && !path.endsWith("_test.go"),
    );
    const crossed = packages.flatMap((path) => {
      const own = path.split("/")[2] ?? "";
      const row = netdSides.find(({ side }) => side.includes(own));
      const may = row === undefined ? [own] : [...row.side, ...row.may];
      return [...text(path).matchAll(/"sallyport\.dev\/netd\/internal\/([a-z]+)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !may.includes(target))
        .map((target) => `${path} -> ${target}`);
    });
    expect(packages.length).toBeGreaterThan(100);
    expect(crossed).toEqual([]);
  });

  test("name only the modules that the part may load", () => {
    const foreign: string[] = [];
    for (const path of product) {
      const row = thirdParty.find((rule) => rule.from.test(path));
      for (const target of importsOf(path)) {
        if (/^[.#]/.test(target) || target.startsWith("node:")) continue;
        if (!row?.may.includes(target)) foreign.push(`${path} -> ${target}`);
      }
    }
    expect(foreign).toEqual([]);
  });

  test("name shared code as #shared, from everywhere but inside it", () => {
    const relative = typescript.filter(
      (path) =>
        !path.startsWith("shared/") &&
        importsOf(path).some((target) => /^(\.\.\/)+shared\//.test(target)),
    );
    expect(relative).toEqual([]);
  });

  test("of Node stay out of the pure layers", () => {
    const impure = product.filter(
      (path) =>
        /^(shared|agent\/core|controller\/core)\//.test(path) &&
        importsOf(path).some((target) => target.startsWith("node:")),
    );
    expect(impure).toEqual([]);
  });
});

describe("files", () => {
  test("hold at most 400 lines", () => {
    const long = sources.filter((path) => text(path).split("\n").length > 401);
    expect(long).toEqual([]);
  });

  test("are named after one concept", () => {
    const vague = sources.filter((path) =>
      /(^|\/)(index|utils?|helpers?|common|misc|manager|[a-z-]*-manager|service)\.(ts|tsx|cjs|go)$/.test(
        path,
      ),
    );
    expect(vague).toEqual([]);
  });

  test("give a schema name one shape: one file makes it, or one declares what others hold to", () => {
    const makers = new Map<string, Set<string>>();
    for (const path of product) {
      for (const [name] of text(path).matchAll(/"sallyport\.[a-z.-]+\/\d+"/g)) {
        makers.set(name, (makers.get(name) ?? new Set()).add(path));
      }
    }
    const several = [...makers].filter(
      ([name, paths]) =>
        paths.size > 1 && ![...paths].some((path) => text(path).includes(`z.literal(${name})`)),
    );
    expect(several).toEqual([]);
  });

  test("name limits in one way: `…Max` here, `max…` in Go", () => {
    const anywhere = /\bconst (most|longest)[A-Z]\w* =|^\s*(most|longest)[A-Z]\w*\s+= \d/m;
    const inGo = /^\s*(const )?[a-z]\w*Max\s+= /m;
    const named = sources.filter(
      (path) =>
        !path.startsWith("test/") &&
        (anywhere.test(text(path)) || (path.endsWith(".go") && inGo.test(text(path)))),
    );
    expect(named).toEqual([]);
  });

  test("give each exported thing its sentence", () => {
    const exported = /^export (async )?(function|const|type|interface|class)\*? \w+/;
    const bare = typescript
      .filter((path) => !/\.test\.tsx?$/.test(path))
      .flatMap((path) => {
        const lines = text(path).split("\n");
        return lines.flatMap((line, index) =>
          exported.test(line) && !lines[index - 1]?.trimEnd().endsWith("*/")
            ? [`${path}:${index + 1} ${line}`]
            : [],
        );
      });
    expect(bare).toEqual([]);
  });

  test("hold no path of a developer's machine", () => {
    const own = /(^|[\s"'`(=])\/(work|tmp\/team|home\/[a-z]+)\//;
    const leaking = tracked.filter(
      (path) =>
        path !== "test/tidy.test.ts" &&
        !path.startsWith("native/vendor/") &&
        /\.(ts|cjs|go|md|json|ya?ml|sh)$|^\.ci\//.test(path) &&
        text(path)
          .split("\n")
          .some((line) => own.test(line) && !line.includes("fixture")),
    );
    expect(leaking).toEqual([]);
  });

  test("carry no marks of unfinished work", () => {
    const mark = /\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.only\(|@ts-(ignore|expect-error)/;
    const marked = sources.filter((path) => path !== "test/tidy.test.ts" && mark.test(text(path)));
    expect(marked).toEqual([]);
  });
});

test("every error code is raised somewhere", () => {
  const raising = sources.filter(
    (path) => !/\.test\.ts$|_test\.go$|^test\/|^shared\/base\//.test(path),
  );
  const raised = new Set(raising.flatMap((path) => text(path).match(/SP-\d{3}/g) ?? []));
  expect(Object.keys(errorTable).filter((code) => !raised.has(code))).toEqual([]);
});

test("both programs tell the version of the package", () => {
  const { version } = JSON.parse(text("package.json")) as { version: string };
  expect([agentVersion, controllerVersion]).toEqual([version, version]);
});

test("ports have at most six methods", () => {
  const wide: string[] = [];
  const ports = product.filter((path) => /^(agent\/ports\.ts|controller\/ports\/.*)$/.test(path));
  expect(ports.length).toBeGreaterThan(1);
  for (const path of ports) {
    for (const [, port, body] of text(path).matchAll(
      /export interface (\w+)[^{]*\{([\s\S]*?)\n\}/g,
    )) {
      const methods = (body ?? "").match(/^ {2}(readonly )?\w+(\??: \(|\()/gm)?.length ?? 0;
      if (methods > 6) wide.push(`${path}: ${port} has ${methods}`);
    }
  }
  expect(wide).toEqual([]);
});

describe("dependencies", () => {
  const manifest = JSON.parse(text("package.json")) as Record<string, Record<string, string>>;
  const all = {
    ...manifest["dependencies"],
    ...manifest["devDependencies"],
    ...manifest["optionalDependencies"],
  };

  test("have exact versions", () => {
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  test("each earn their line in a decision record", () => {
    const records = tracked
      .filter((path) => path.startsWith("docs/decisions/"))
      .map(text)
      .join("\n");
    const unexplained = Object.keys(all).filter((name) => !records.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });

  test("agree with the lockfile", () => {
    const lock = JSON.parse(text("package-lock.json")) as {
      packages: Record<string, { version?: string; dependencies?: object; resolved?: string }>;
    };
    const missing = Object.entries(all).filter(
      ([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version,
    );
    expect(missing).toEqual([]);
  });
});
