/** Who is behind an entry of the audit log, as people say it. */

const person = /^admin:(\S+)(?: token:(\S+))?( console)?$/;

/** Says who acted; ids that stand for no person say what they are. */
export function actorSaid(actor: string): string {
  const [, admin, token = admin, console = ""] = person.exec(actor) ?? [];
  if (admin === undefined) return actor.startsWith("ek_") ? "by an enrolment key" : actor;
  const by = token === admin ? [] : [`token ${token}`];
  const where = console === "" ? [] : ["console"];
  const more = [...by, ...where].join(", ");
  return more === "" ? admin : `${admin} (${more})`;
}
