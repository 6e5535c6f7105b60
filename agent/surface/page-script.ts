import { agoText } from "../cli/ago-text.ts";

/**
 * Keeps the page current. It reads the page again when the agent says that something changed, unless
 * somebody types, and puts in only the parts that read differently: what stays is neither announced
 * again nor loses the focus. Ages tick. Without it the page works all the same, by hand.
 */
export const pageScript = `"use strict";
const agoText = ${agoText.toString()};
const ageTicksMs = 5000;
const copiedShowsMs = 3000;
function tick() {
  for (const one of document.querySelectorAll("time[data-ago]")) {
    const text = agoText(Date.now() - Date.parse(one.dateTime));
    if (one.textContent !== text) one.textContent = text;
  }
}
function withoutTimes(part) {
  const copy = part.cloneNode(true);
  for (const one of copy.querySelectorAll("time")) one.replaceWith("");
  for (const one of copy.querySelectorAll("details")) one.open = false;
  return copy.innerHTML;
}
function takeTimes(from, to) {
  const times = to.querySelectorAll("time");
  from.querySelectorAll("time").forEach((one, at) => times[at].replaceWith(one));
}
function take(fresh) {
  for (const part of fresh.querySelectorAll("main > [id]")) {
    const here = document.getElementById(part.id);
    if (withoutTimes(part) === withoutTimes(here)) {
      takeTimes(part, here);
      continue;
    }
    const open = new Set([...here.querySelectorAll("details[open]")].map((one) => one.id));
    const focused = here.contains(document.activeElement) ? document.activeElement.id : "";
    for (const one of part.querySelectorAll("details")) if (open.has(one.id)) one.open = true;
    here.replaceChildren(...part.childNodes);
    if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
  }
  document.title = fresh.title;
}
const changes = new EventSource("changes");
changes.addEventListener("changed", async () => {
  if (document.activeElement instanceof HTMLInputElement) return;
  const answer = await fetch("", { cache: "no-store" });
  if (!answer.ok) return;
  take(new DOMParser().parseFromString(await answer.text(), "text/html"));
});
setInterval(tick, ageTicksMs);
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button === null) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), copiedShowsMs);
});
`;
