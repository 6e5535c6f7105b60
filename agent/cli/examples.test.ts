import { expect, test } from "vitest";
import { examplesOf } from "./examples.ts";

test("on Windows no example begins with sudo, and the heading says how all rights are had", () => {
  for (const command of ["enroll", "unenroll", "doctor", "gateway", "update"]) {
    expect(examplesOf(command, "windows")).not.toContain("sudo");
  }
  expect(examplesOf("unenroll", "windows")).toBe(
    'Examples, in a prompt opened with "Run as administrator":\n  sallyport unenroll\n',
  );
  expect(examplesOf("doctor", "windows")).toContain("Examples:\n  sallyport doctor\n");
  expect(examplesOf("unenroll", "darwin")).toBe("Examples:\n  sudo sallyport unenroll\n");
});

test("only Linux is told how to update", () => {
  expect(examplesOf("update", "linux")).toContain("sudo sallyport update\n");
  expect(examplesOf("update", "darwin")).toBe("");
  expect(examplesOf("update", "windows")).toBe("");
});
