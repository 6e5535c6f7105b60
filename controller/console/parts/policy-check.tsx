import type { ReactNode } from "react";
import type { PolicyCheck } from "#shared/protocol/api/policy.ts";
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
            <tr key={`${placeText(one)} ${one.why}`}>
              <td>
                <Mark tone="unmet" word={one.code.replace("SP-", "E")} />
              </td>
              <td>
                <Place at={one} go={go} />
              </td>
              <td>
                <WithCode text={one.why} />
                {one.hint === undefined ? null : (
                  <>
                    ; did you mean <code className="mono">{one.hint}</code>?
                  </>
                )}
              </td>
            </tr>
          ))}
          {failed.map((one) => (
            <tr key={placeText(one)}>
              <td>
                <Mark tone="unmet" word="test fails" />
              </td>
              <td>
                <Place at={one} go={go} />
              </td>
              <td>
                <span className="mono">{one.policy}</span>: <WithCode text={one.why ?? ""} />
              </td>
            </tr>
          ))}
          {findings.map((one) => (
            <tr key={`${placeText(one)} ${one.code}`}>
              <td>
                <Mark tone="grace" word={one.code.replace("SP-", "W")} />
              </td>
              <td>
                <Place at={one} go={go} />
              </td>
              <td>
                <WithCode text={one.why} />
              </td>
            </tr>
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

function Place({ at, go }: { readonly at: At; readonly go: CheckProps["go"] }): ReactNode {
  return (
    <button type="button" className="link mono" onClick={() => go(at)}>
      {placeText(at)}
    </button>
  );
}

function placeText({ file, line, column }: At): string {
  return `${file}:${line}:${column}`;
}
