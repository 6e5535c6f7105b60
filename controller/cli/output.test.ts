import { expect, test } from "vitest";
import { writeAnswer, writeFailure } from "./output.ts";
import { ApiProblem } from "./api-problem.ts";

function written(run: (streams: Parameters<typeof writeAnswer>[0]) => unknown) {
  const told = { out: "", talk: "" };
  run({
    out: (text) => (told.out += text),
    talk: (text) => (told.talk += text),
  });
  return told;
}

const hostile = "\u001b[2J\u009b31m\u202e\u061cmara\u0007";

test("Attack: a name of a directory steers the administrator's terminal", () => {
  const answer = { schema: "s/1", data: { name: hostile }, text: `${hostile}:\tactive\r\nnext` };
  const text = written((streams) => writeAnswer(streams, answer, false));
  expect(text.out).toBe("?[2J?31m??mara?:\tactive\nnext\n");
  const json = written((streams) => writeAnswer(streams, answer, true)).out;
  expect(json).not.toMatch(/[\u0000-\u0009\u007f-\u009f\u202e]/);
  expect(JSON.parse(json)).toEqual({ schema: "s/1", name: hostile });
});

test("Attack: a refusal that repeats a name steers it", () => {
  const problem = new ApiProblem(
    { title: "t", detail: hostile, code: "SP-702", slug: "s", fix: "" },
    404,
  );
  const told = written((streams) => writeFailure(streams, problem, true));
  expect(`${told.out}${told.talk}`).not.toMatch(/[\u0000-\u0009\u007f-\u009f\u202e]/);
});

test.each([
  [400, 2],
  [404, 2],
  [403, 4],
  [429, 5],
  [412, 7],
  [503, 3],
  [500, 70],
])("the answer %i of a proxy or of another version is the exit code %i", (status, exit) => {
  expect(new ApiProblem(null, status).failure.exit).toBe(exit);
  const newer = { title: "t", detail: "d", code: "SP-999", slug: "s", fix: "" };
  expect(new ApiProblem(newer, status).failure).toMatchObject({ exit, code: "SP-999" });
});
