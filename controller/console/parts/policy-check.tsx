import type { ReactNode } from "react";
import type { PolicyCheck } from "#shared/protocol/api/policy.ts";
import type { Said } from "../text/words.ts";
import { Mark } from "./mark.tsx";
import { Panel } from "./panel.tsx";
import { WithCode } from "./with-code.tsx";

interface At {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface CheckProps {
  readonly check: PolicyCheck;
  /** Goes to the place in the text. */
  readonly go: (at: At) => void;
}

/** What is to be said of the documents as they are written: errors, doubts, their own tests. */
export function CheckPanel({ check, go }: CheckProps): ReactNode {
  const { errors, findings, tests } = check;
  const failed = tests.filter(({ passed }) => !passed);
  return (
    <Panel title="Errors, doubts, tests" aside={<Summary check={check} />} flush>
      <table className="plain">
        <tbody>
          {errors.map((one) => (
            <Row key={`${placeText(one)} ${one.why}`} at={one} go={go} said={errorSaid(one)}>
              <WithCode text={one.why} />
              {one.hint === undefined ? null : (
                <>
                  ; did you mean <code className="mono">{one.hint}</code>?
                </>
              )}
            </Row>
          ))}
          {failed.map((one) => (
            <Row key={placeText(one)} at={one} go={go} said={testFails}>
              <span className="mono">{one.policy}</span>: <WithCode text={one.why ?? ""} />
            </Row>
          ))}
          {findings.map((one) => (
            <Row key={`${placeText(one)} ${one.code}`} at={one} go={go} said={doubtSaid(one)}>
              <WithCode text={one.why} />
            </Row>
          ))}
        </tbody>
      </table>
      {errors.length + findings.length + failed.length > 0 ? null : (
        <div className="inside muted">
          <WithCode
            text={
              tests.length === 0
                ? "Compiles. No rule has a test beside it yet (`tests:`)."
                : "Compiles, and every test beside a rule passes."
            }
          />
        </div>
      )}
    </Panel>
  );
}

function Summary({ check }: Pick<CheckProps, "check">): ReactNode {
  const { errors, tests } = check;
  if (errors.length > 0)
    return <Mark tone="unmet" word={errors.length === 1 ? "1 error" : `${errors.length} errors`} />;
  const passed = tests.filter((one) => one.passed).length;
  const all = passed === tests.length;
  return (
    <Mark
      tone={tests.length === 0 ? "unknown" : all ? "met" : "unmet"}
      word={tests.length === 0 ? "no tests" : `${passed} of ${tests.length} tests pass`}
    />
  );
}

interface RowProps {
  readonly at: At;
  readonly go: CheckProps["go"];
  readonly said: Said;
  readonly children: ReactNode;
}

/** One thing to say of the text, with the place that it leads to. */
function Row({ at, go, said, children }: RowProps): ReactNode {
  return (
    <tr>
      <td>
        <Mark {...said} />
      </td>
      <td>
        <button type="button" className="link mono" onClick={() => go(at)}>
          {placeText(at)}
        </button>
      </td>
      <td>{children}</td>
    </tr>
  );
}

const testFails: Said = { tone: "unmet", word: "test fails" };

function errorSaid({ code }: { readonly code: string }): Said {
  return { tone: "unmet", word: code.replace("SP-", "E") };
}

function doubtSaid({ code }: { readonly code: string }): Said {
  return { tone: "grace", word: code.replace("SP-", "W") };
}

function placeText({ file, line, column }: At): string {
  return `${file}:${line}:${column}`;
}
