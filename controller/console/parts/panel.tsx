import { Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { AnswerMismatch, ApiRefusal } from "../live/api.ts";
import { Mark } from "./mark.tsx";
import { WithCode } from "./with-code.tsx";

interface PanelProps {
  readonly title: string;
  readonly aside?: ReactNode;
  /** Tables reach the border. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, aside, flush = false, children }: PanelProps): ReactNode {
  return (
    <section className="panel" aria-label={title}>
      <h2>
        {title}
        <span style={{ marginInlineStart: "auto" }}>{aside}</span>
      </h2>
      {flush ? children : <div className="inside">{children}</div>}
    </section>
  );
}

interface RefusalProps {
  readonly error: Error;
  /** Of something that was to be done, not only read: nothing does it again by itself. */
  readonly step?: boolean;
}

/** What went wrong, with what to do. */
export function Refusal({ error, step = false }: RefusalProps): ReactNode {
  if (error instanceof AnswerMismatch) {
    return (
      <div className="refusal" role="alert">
        <Mark tone="unmet" word="The controller has another version than this page (SP-710)" />
        <div className="mono">{error.message}</div>
        <div className="muted">What to do: load the page anew.</div>
      </div>
    );
  }
  if (!(error instanceof ApiRefusal)) {
    return (
      <div className="refusal" role="alert">
        <Mark tone="unmet" word="The controller does not answer" />
        <div>
          {error.message}.{" "}
          {step
            ? "Whether it was done is not known: look first, then try again."
            : "The page tries again by itself."}
        </div>
      </div>
    );
  }
  const { code, title, detail, fix, errors = [] } = error.problem;
  const lines = errors.length > 0 ? errors : [detail];
  return (
    <div className="refusal" role="alert">
      <Mark tone="unmet" word={`${title} (${code})`} />
      {lines.map((line) => (
        <div key={line} className={errors.length > 0 ? "mono" : ""}>
          <WithCode text={line} />
        </div>
      ))}
      <div className="muted">
        What to do: <WithCode text={fix} />
      </div>
    </div>
  );
}

interface AskedProps<T> {
  readonly query: { readonly data: T | undefined; readonly error: Error | null };
  readonly children: (data: T) => ReactNode;
}

/** Shows what was asked for: while it comes, when it is there, when it was refused. */
export function Asked<T>({ query, children }: AskedProps<T>): ReactNode {
  const { data, error } = query;
  return (
    <>
      {error === null ? null : <Refusal error={error} />}
      {data === undefined
        ? error === null && <Loader size="sm" role="status" aria-label="loading" />
        : children(data)}
    </>
  );
}

/** Nothing is there: what it would give, and what to do. */
export function Nothing({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="muted inside">{children}</div>;
}

/** The head of a page. */
export function PageHead(props: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div style={{ display: "flex", gap: 12, alignItems: "center", flexWrap: "wrap" }}>
      <h1 style={{ fontSize: 20, margin: 0, fontWeight: 650 }}>{props.title}</h1>
      {props.children}
    </div>
  );
}
