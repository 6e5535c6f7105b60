import type { Input } from "#shared/policy/input.ts";

/** Returns a request in one line: who, when, and what is known of the device. */
export function requestText({ nowAt, device, user, facts, risk, net, elevations }: Input): string {
  const groups = [...new Set([...device.groups, ...(user?.groups ?? [])])];
  const scores = Object.entries({ session: risk.session, identity: risk.identity }).filter(
    ([, points]) => points > 0,
  );
  return [
    user === undefined ? `device ${device.id}` : `user ${user.id}`,
    ...(groups.length === 0 ? [] : [`groups ${groups.join(" ")}`]),
    ...(device.tags.length === 0 ? [] : [`tags ${device.tags.join(" ")}`]),
    `at ${new Date(nowAt).toISOString()}`,
    ...[...facts].map(([signal, { reading }]) => {
      return `${signal} = ${reading.kind === "known" ? String(reading.value) : reading.kind}`;
    }),
    ...scores.map(([score, points]) => `risk.${score} = ${points}`),
    ...Object.entries(net).map(([part, value]) => `net.${part} = ${String(value)}`),
    ...elevations.map(({ role }) => `elevation ${role}`),
  ].join(", ");
}
