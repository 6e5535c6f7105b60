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
      exit: exitOf(problem?.code),
    };
  }
}

function exitOf(code: string | undefined): number {
  const known = code !== undefined && Object.hasOwn(errorTable, code);
  return known ? errorTable[code as ErrorCode].exit : 70;
}
