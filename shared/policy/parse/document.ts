/** From the text of one YAML file to a typed document: shape only; names are checked at compile. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument as parseYaml } from "yaml";
import type { ParsedNode } from "yaml";
import type { DocumentError } from "../document-error.ts";
import type { LevelDefinition, PolicyDocument, RingDefinition } from "../document.ts";
import { readCondition } from "./condition.ts";
import { readException } from "./exception.ts";
import { nestsDeeperThan } from "./nesting.ts";
import { readPolicy } from "./policy.ts";
import { readResource } from "./resource.ts";
import { readRing } from "./ring.ts";
import { readRiskWeights } from "./risk-weights.ts";
import {
  type Node,
  placeAt,
  placeOf,
  readFields,
  readList,
  readMembers,
  readName,
  readText,
  readWord,
  refuse,
  type Source,
} from "./source.ts";

/** Limits of one file. */
const documentLimits = {
  characters: 1024 * 1024,
  depth: 40,
  rawDepth: 500,
  nodes: 200_000,
  resources: 4096,
  levels: 64,
  policies: 10_000,
  exceptions: 1_000,
  rings: 16,
} as const;

const severalDocuments = "a file holds one document; write what follows `---` into another file";

/** What became of a file: a document, or every error that was found. */
export type ParseResult =
  | { readonly kind: "parsed"; readonly document: PolicyDocument }
  | { readonly kind: "refused"; readonly errors: readonly DocumentError[] };

/** Reads one file; `file` is the name that errors show. */
export function parseDocument(file: string, text: string): ParseResult {
  const source: Source = { file, lines: new LineCounter(), errors: [] };
  const root = parseTree(source, text);
  const document = root === undefined ? undefined : readDocument(source, root);
  if (document !== undefined && source.errors.length === 0) return { kind: "parsed", document };
  return { kind: "refused", errors: source.errors };
}

function parseTree(source: Source, text: string): Node | undefined {
  if (text.length > documentLimits.characters) {
    const why = `the file has more than ${documentLimits.characters} characters`;
    return refuse(source, null, { code: "SP-607", why });
  }
  const tooDeep = { code: "SP-607", why: "the file is nested too deeply" } as const;
  // The parser descends once per level, slowly, until its stack is full; so it never sees such a file.
  if (nestsDeeperThan(text, documentLimits.rawDepth)) return refuse(source, null, tooDeep);
  try {
    // A line `---` at the end begins a document with nothing in it.
    const tree = parseYaml(text.replace(/\n---\s*$/, "\n"), {
      lineCounter: source.lines,
      keepSourceTokens: false,
      prettyErrors: false,
      schema: "core",
      strict: true,
      // The parser's own check compares all pairs of keys; `readMembers` does it in one pass.
      uniqueKeys: false,
      version: "1.2",
    });
    for (const problem of [...tree.errors, ...tree.warnings].slice(0, 20)) {
      const at = placeAt(source, problem.pos[0]);
      const several = problem.code === "MULTIPLE_DOCS";
      source.errors.push({ code: "SP-602", at, why: several ? severalDocuments : problem.message });
    }
    if (source.errors.length > 0) return undefined;
    return isPlain(source, tree.contents) ? tree.contents : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(source, null, tooDeep);
  }
}

/** Refuses what would make one text mean something else elsewhere: aliases, tags, odd keys, depth. */
function isPlain(source: Source, root: Node): boolean {
  const stack: { node: ParsedNode | null; depth: number }[] = [{ node: root, depth: 1 }];
  let seen = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, depth } = next;
    seen += 1;
    const problem = oddity(node) ?? limit(depth, seen);
    if (problem !== undefined) {
      refuse(source, node, { code: "SP-607", why: problem });
      return false;
    }
    if (isSeq(node)) {
      for (const item of node.items) stack.push({ node: item, depth: depth + 1 });
    } else if (isMap(node)) {
      for (const pair of node.items) {
        stack.push({ node: pair.key, depth }, { node: pair.value, depth: depth + 1 });
      }
    }
  }
  return true;
}

function oddity(node: Node): string | undefined {
  if (node === null) return undefined;
  if (isAlias(node)) return "aliases are not allowed; write the value out";
  if (node.anchor !== undefined) return "anchors are not allowed; write the value out";
  if (node.tag !== undefined) return "tags are not allowed";
  return isScalar(node) || isMap(node) || isSeq(node) ? undefined : "unexpected content";
}

function limit(depth: number, seen: number): string | undefined {
  if (depth > documentLimits.depth) return `nested deeper than ${documentLimits.depth} levels`;
  if (seen > documentLimits.nodes) return `more than ${documentLimits.nodes} values in one file`;
  return undefined;
}

function readDocument(source: Source, root: Node): PolicyDocument | undefined {
  const fields = readFields(source, root, {
    required: ["apiVersion"],
    allowed: ["resources", "levels", "policies", "exceptions", "rings", "riskWeights"],
    what: "a policy document",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const weights = part("riskWeights");
  readWord(source, part("apiVersion"), { what: "apiVersion", words: ["sallyport/v1"] });
  return {
    file: source.file,
    resources: readList(source, part("resources"), {
      what: "resources",
      max: documentLimits.resources,
      each: (item) => readResource(source, item),
    }),
    levels: readLevels(source, part("levels")),
    policies: [
      ...readList(source, part("policies"), {
        what: "policies",
        max: documentLimits.policies,
        each: (item) => readPolicy(source, item),
      }),
      ...readList(source, part("exceptions"), {
        what: "exceptions",
        max: documentLimits.exceptions,
        each: (item) => readException(source, item),
      }),
    ],
    rings: part("rings") && readRings(source, part("rings")),
    riskWeights: weights && readRiskWeights(source, weights),
  };
}

function readRings(source: Source, node: Node | undefined): readonly RingDefinition[] {
  const taken = new Set<string>();
  const each = (item: Node) => {
    const ring = readRing(source, item);
    if (ring === undefined) return undefined;
    // Who is in an earlier ring has the set already: nobody would be left to watch.
    if (taken.has("*") || ring.groups.every((group) => taken.has(group))) {
      const why = `every group of ring \`${ring.name}\` is in an earlier ring`;
      refuse(source, item, { code: "SP-605", why });
    }
    for (const group of ring.groups) taken.add(group);
    return ring;
  };
  return readList(source, node, { what: "rings", min: 1, max: documentLimits.rings, each });
}

function readLevels(source: Source, node: Node | undefined): LevelDefinition[] {
  if (node === undefined) return [];
  const members = readMembers(source, node, "levels") ?? [];
  if (members.length > documentLimits.levels) {
    const why = `more than ${documentLimits.levels} levels in one file`;
    refuse(source, node, { code: "SP-607", why });
    return [];
  }
  const levels: LevelDefinition[] = [];
  for (const { keyNode, value } of members) {
    const name = readName(source, keyNode, "a level's name");
    const level = readLevel(source, value);
    if (name === undefined || level === undefined) continue;
    levels.push({ ...level, name, at: placeOf(source, keyNode) });
  }
  return levels;
}

/** A level is a condition; `title` beside it is for people. */
function readLevel(source: Source, node: Node): Omit<LevelDefinition, "name" | "at"> | undefined {
  const title = isMap(node) ? node.get("title", true) : undefined;
  const text = title === undefined ? undefined : readText(source, title as Node, { what: "title" });
  const when = readCondition(source, node, { skip: "title" });
  return when === undefined ? undefined : { title: text, when };
}
