/** Tells whether a timer of systemd starts with the machine, by the links that `systemctl enable` makes. */
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";

/** One that is masked keeps its links; `units` is where the administrator's units lie. */
export async function isTimerEnabled(
  pattern: RegExp,
  units = "/etc/systemd/system",
): Promise<boolean> {
  const names = await readdir(join(units, "timers.target.wants")).catch(() => []);
  const masked = await Promise.all(
    names.map((name) =>
      readlink(join(units, name)).then(
        (to) => to === "/dev/null",
        () => false,
      ),
    ),
  );
  return names.some((name, index) => pattern.test(name) && masked[index] === false);
}
