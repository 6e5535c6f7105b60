/** Reads policies: whom, what, under which condition, and what is asked in return. */
import {
  type PolicyDefinition,
  type Requirements,
  type ResourceSelector,
  strengths,
  type Subjects,
  subjectTypes,
} from "../document.ts";
import { readCondition } from "./condition.ts";
import { readDuration } from "./duration.ts";
import { readPolicyTest } from "./policy-test.ts";
import { readLease } from "./resource.ts";
import {
  clip,
  type Fields,
  type Node,
  placeOf,
  readBoolean,
  readFields,
  readList,
  readName,
  readText,
  readWord,
  refuse,
  type Source,
} from "./source.ts";

/** Reads one policy. */
export function readPolicy(source: Source, node: Node): PolicyDefinition | undefined {
  const fields = readFields(source, node, {
    required: ["id", "effect", "subjects", "resources"],
    allowed: ["when", "mode", "actions", "require", "leaseSeconds", "owner", "message", "tests"],
    what: "a policy",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const id = readName(source, part("id"), "a policy's id");
  const effect = readWord(source, part("effect"), { what: "effect", words: ["allow", "deny"] });
  const subjects = readSubjects(source, part("subjects"));
  const resources = readSelector(source, part("resources"));
  readList(source, part("actions"), {
    what: "actions",
    max: 1,
    each: (item) => readWord(source, item, { what: "an action", words: ["connect"] }),
  });
  const when = part("when");
  const condition = when === undefined ? undefined : readCondition(source, when);
  if (effect === "deny" && (part("require") ?? part("leaseSeconds")) !== undefined) {
    return refuse(source, node, { why: "a deny has neither `require` nor `leaseSeconds`" });
  }
  const mode = readWord(source, part("mode"), { what: "mode", words: ["enforce", "shadow"] });
  if (id === undefined || effect === undefined) return undefined;
  if (subjects === undefined || resources === undefined) return undefined;
  return {
    id,
    effect,
    mode: mode ?? "enforce",
    subjects,
    resources,
    when: condition,
    require: readRequirements(source, part("require")),
    leaseSeconds: readLease(source, part("leaseSeconds")),
    owner: readText(source, part("owner"), { what: "owner" }),
    message: readText(source, part("message"), { what: "message", max: 512 }),
    tests: readList(source, part("tests"), {
      what: "tests",
      max: 64,
      each: (item) => readPolicyTest(source, item),
    }),
    at: placeOf(source, fields.node),
  };
}

/** Reads whom a policy speaks of; nobody is not allowed. */
export function readSubjects(source: Source, node: Node | undefined): Subjects | undefined {
  if (node === undefined) return undefined;
  const fields = readFields(source, node, {
    allowed: ["users", "groups", "devices", "tags", "serviceAccounts", "types"],
    what: "subjects",
  });
  if (fields === undefined) return undefined;
  const texts = (key: string) => readTexts(source, fields, key);
  const subjects = {
    users: readIds(source, fields, "users"),
    groups: texts("groups"),
    devices: readIds(source, fields, "devices"),
    tags: texts("tags"),
    ...(fields.members.has("serviceAccounts")
      ? { serviceAccounts: readNames(source, fields, "serviceAccounts") }
      : {}),
    types: readList(source, fields.members.get("types"), {
      what: "types",
      max: 2,
      each: (item) => readWord(source, item, { what: "a type", words: subjectTypes }),
    }),
  };
  const { users, groups, devices, tags, serviceAccounts = [] } = subjects;
  if ([users, groups, devices, tags, serviceAccounts].some(({ length }) => length > 0)) {
    return subjects;
  }
  const why =
    'subjects needs users, groups, devices, tags or serviceAccounts; everyone is `groups: ["*"]`';
  return refuse(source, node, { why });
}

/** Reads what a policy speaks about; nothing is not allowed. */
export function readSelector(source: Source, node: Node | undefined): ResourceSelector | undefined {
  if (node === undefined) return undefined;
  const fields = readFields(source, node, { allowed: ["names", "tags"], what: "resources" });
  if (fields === undefined) return undefined;
  const selector = {
    names: readTexts(source, fields, "names"),
    tags: readTexts(source, fields, "tags"),
  };
  if (selector.names.length + selector.tags.length > 0) return selector;
  return refuse(source, node, { why: 'resources needs names or tags; all are `tags: ["*"]`' });
}

function readTexts(source: Source, fields: Fields, what: string): string[] {
  return readList(source, fields.members.get(what), {
    what,
    max: 256,
    each: (item) => readText(source, item, { what: `an entry of ${what}` }),
  });
}

const idKinds = {
  devices: { prefix: "dev_", one: "a device", tells: "; `device list` tells it" },
  users: { prefix: "usr_", one: "a user", tells: ", and names change hands" },
} as const;

/** A name may change and be given away, so a rule by name would fail without a word. */
function readIds(source: Source, fields: Fields, what: keyof typeof idKinds): string[] {
  const { prefix, one, tells } = idKinds[what];
  return readList(source, fields.members.get(what), {
    what,
    max: 256,
    each: (item) => {
      const id = readText(source, item, { what: one });
      if (id === undefined || id.startsWith(prefix)) return id;
      const why = `\`${clip(id)}\` is no id of ${one} (${prefix}...)${tells}`;
      return refuse(source, item, { why });
    },
  });
}

function readNames(source: Source, fields: Fields, what: string): string[] {
  return readList(source, fields.members.get(what), {
    what,
    max: 256,
    each: (item) => readName(source, item, `an entry of ${what}`),
  });
}

/** Reads what an allow asks for in return. */
export function readRequirements(source: Source, node: Node | undefined): Requirements {
  const nothing: Requirements = { recordSession: false };
  if (node === undefined) return nothing;
  const fields = readFields(source, node, {
    allowed: ["stepUp", "recordSession"],
    what: "require",
  });
  if (fields === undefined) return nothing;
  const record = fields.members.get("recordSession");
  return {
    stepUp: readStepUp(source, fields.members.get("stepUp")),
    recordSession: readBoolean(source, record, "recordSession") ?? false,
  };
}

function readStepUp(source: Source, node: Node | undefined): Requirements["stepUp"] {
  if (node === undefined) return undefined;
  const fields = readFields(source, node, {
    required: ["strength", "maxAge"],
    allowed: [],
    what: "stepUp",
  });
  if (fields === undefined) return undefined;
  const strength = readWord(source, fields.members.get("strength"), {
    what: "strength",
    words: strengths,
  });
  const maxAgeSeconds = readDuration(source, fields.members.get("maxAge"), {
    what: "maxAge",
    min: 60,
    max: 30 * 86_400,
  });
  if (strength === undefined || maxAgeSeconds === undefined) return undefined;
  return { strength, maxAgeSeconds };
}
