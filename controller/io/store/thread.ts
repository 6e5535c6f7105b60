/** A store thread: opens the file as writer or reader and answers the closed list of its operations. */
import { parentPort, workerData } from "node:worker_threads";
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import { type Database, openDatabase } from "./database.ts";
import { makeGroupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import { takeTrail } from "./operations/audit-trail.ts";
import { readQueries } from "./read-queries.ts";
import { storeFailure } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import type { ThreadReply, ThreadRequest, ThreadStart, TrailedResult } from "./thread-message.ts";
import { writeOperations } from "./write-operations.ts";

type Run = (db: Kysely<Tables>, args: unknown) => Promise<unknown>;
type Call = Extract<ThreadRequest, { kind: "call" }>;

const { role, file } = workerData as ThreadStart;
const port = parentPort ?? missingParent();

// No top-level await: the packaged executable runs this file as CommonJS.
open().then(
  () => tell({ kind: "opened" }),
  (error: unknown) =>
    tell({ kind: "failed", failure: storeFailure(error, "opening the store", file) }),
);

async function open(): Promise<void> {
  const database = openDatabase(file, { readOnly: role !== "writer" });
  if (role === "writer") await migrate(database, file);
  serve(database, role === "analyst" ? await loadAnalysis() : readQueries);
}

/** Only the analyst needs the parsers and compilers of policies: the other threads stay small. */
async function loadAnalysis(): Promise<object> {
  return (await import("../analysis/operations.ts")).analysisOperations;
}

function serve(database: Database, list: object): void {
  const answer = role === "writer" ? answerInGroups(database) : answerAtOnce(database, list);
  port.on("message", (request: ThreadRequest) => {
    if (request.kind === "call") return answer.call(request);
    void answer.drained().then(() => {
      database.sqlite.close();
      port.close();
    });
  });
}

function answerInGroups(database: Database) {
  const commits = makeGroupCommit(database.sqlite);
  return {
    call(call: Call) {
      commits.add({
        run: () => runTrailed(database, call),
        done: (result) => tell({ kind: "done", id: call.id, result }),
        failed: (error) => refuse(call, error),
      });
    },
    drained: () => commits.drained(),
  };
}

function answerAtOnce(database: Database, list: object) {
  return {
    call(call: Call) {
      operationOf(list, call.name)(database.kysely, call.args).then(
        (result) => tell({ kind: "done", id: call.id, result }),
        (error: unknown) => refuse(call, error),
      );
    },
    drained: () => Promise.resolve(),
  };
}

/** A refused operation's entries are undone with it, so they must not stay in the trail. */
async function runTrailed(database: Database, call: Call): Promise<TrailedResult> {
  takeTrail();
  const result = await operationOf(writeOperations, call.name)(database.kysely, call.args);
  return { result, audits: takeTrail() };
}

function operationOf(list: object, name: string): Run {
  const run = Object.hasOwn(list, name) ? (list as Record<string, Run>)[name] : undefined;
  if (run === undefined) throw new CodedError("SP-901", { why: `no store operation ${name}` });
  return run;
}

function refuse(call: Call, error: unknown): void {
  tell({ kind: "refused", id: call.id, failure: storeFailure(error, call.name, file) });
}

function tell(reply: ThreadReply): void {
  port.postMessage(reply);
}

function missingParent(): never {
  throw new Error("the store thread runs as a worker only");
}
