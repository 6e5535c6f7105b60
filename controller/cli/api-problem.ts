/** A problem that the admin API answered (RFC 9457). */
import { z } from "zod";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { errorTable, type ErrorCode } from "#shared/base/errors.ts";

const problemShape = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  slug: z.string(),
  fix: z.string(),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .catch(undefined),
  errors: z.array(z.string()).optional(),
});

/** What a command that failed shows. */
export interface Failure {
  readonly code: string;
  readonly slug: string;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
  readonly params: ErrorRef["params"];
  /** Every place of a refused document; shown in place of the detail. */
  readonly lines: readonly string[];
  readonly exit: number;
}

/** The API refused; `failure` is what to show. */
export class ApiProblem extends Error {
  readonly failure: Failure;

  constructor(body: unknown, status: number) {
    const problem = problemShape.safeParse(body).data;
    super(problem?.detail ?? `the controller answered ${status}`);
    this.name = "ApiProblem";
    this.failure = {
      code: problem?.code ?? "SP-901",
      slug: problem?.slug ?? "bug",
      title: problem?.title ?? "Unexpected answer",
      detail: this.message,
      fix: problem?.fix ?? "compare the versions of this command and the controller",
      params: problem?.params ?? {},
      lines: problem?.errors ?? [],
      exit: exitOf(problem?.code, status),
    };
  }
}

/** What the status says of a code that only another version knows, or of a proxy's own answer. */
const exits: readonly (readonly [exit: number, statuses: readonly number[]])[] = [
  [2, [400, 404, 405, 413, 415, 422]],
  [3, [502, 503, 504]],
  [4, [401, 403, 407]],
  [5, [408, 429]],
  [7, [409, 412, 428]],
];

function exitOf(code: string | undefined, status: number): number {
  if (code !== undefined && Object.hasOwn(errorTable, code)) {
    return errorTable[code as ErrorCode].exit;
  }
  return exits.find(([, statuses]) => statuses.includes(status))?.[0] ?? 70;
}
