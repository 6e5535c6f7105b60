import { defineConfig } from "vitest/config";
import { patience } from "./test/lab/patience.ts";

const exclude = ["**/node_modules/**", ".cache/**", ".build/**"];
/** Puts the machine to sleep: the emulated one alone, which is the slow one. */
const elsewhere = patience(1) > 1 ? [] : ["test/e2e/suspend.test.ts"];

/**
 * Seven projects: unit and sim run in `npm run check`; server and e2e join in `npm test`; packages is
 * `npm run test:packages`, wine `npm run test:wine`, tray `npm run test:tray`. Deadlines are wide: they
 * end what hangs, on a machine that is busy too, and judge no speed. Unit and sim do without isolation,
 * which loads every module anew for every file and took three quarters of their time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{shared,agent,controller,packaging}/**/*.test.ts",
            "test/{*,bench/*,documents/*,kernel/*,lab/*,parsers/*,run/*,setup/*}.test.ts",
          ],
          setupFiles: [
            "test/setup/fuzz-runs.ts",
            "test/setup/error-lines.ts",
            "test/setup/localhost.ts",
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          isolate: false,
          exclude,
        },
      },
      {
        test: {
          name: "sim",
          include: ["test/sim/**/*.test.ts"],
          setupFiles: ["test/setup/fuzz-runs.ts"],
          testTimeout: 600_000,
          isolate: false,
          exclude,
        },
      },
      {
        test: {
          name: "server",
          include: ["test/server/**/*.test.ts"],
          setupFiles: ["test/setup/error-lines.ts", "test/setup/localhost.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          exclude,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          setupFiles: ["test/e2e/log-setup.ts", "test/e2e/capture-setup.ts"],
          testTimeout: patience(300_000),
          hookTimeout: patience(300_000),
          fileParallelism: false,
          // One worker and no isolation: all files share one lab (test/e2e/shared-lab.ts).
          isolate: false,
          maxWorkers: 1,
          exclude: [...exclude, ...elsewhere],
        },
      },
      {
        test: {
          name: "tray",
          include: ["test/tray/*.test.ts"],
          testTimeout: 120_000,
          // The first start makes a Debian of its own, on a busy machine in many minutes.
          hookTimeout: 1_200_000,
          sequence: { concurrent: false },
          exclude,
        },
      },
      {
        test: {
          name: "wine",
          include: ["test/wine/*.test.ts"],
          // Wine is slow, and the tests are one story.
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { concurrent: false },
          bail: 1,
          exclude,
        },
      },
      {
        test: {
          name: "packages",
          include: ["test/packages/*.test.ts"],
          // Machines boot and install; the tests are one story, and end at the first that fails.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { concurrent: false },
          exclude,
        },
      },
    ],
  },
});
