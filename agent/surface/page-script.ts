/**
 * Keeps the page current. It reads the page again when the agent says that something changed, unless
 * somebody types; without it the page works all the same, by hand.
 */
export const pageScript = `"use strict";
const changes = new EventSource("changes");
changes.addEventListener("changed", async () => {
  const typing = document.activeElement instanceof HTMLInputElement;
  if (typing) return;
  const answer = await fetch("", { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = new Set([...document.querySelectorAll("details[open]")].map((one) => one.id));
  const focused = document.activeElement === null ? "" : document.activeElement.id;
  const main = fresh.querySelector("main");
  if (main === null) return;
  for (const one of main.querySelectorAll("details")) if (open.has(one.id)) one.open = true;
  document.querySelector("main").replaceWith(document.adoptNode(main));
  document.title = fresh.title;
  if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
});
document.addEventListener("click", async (event) => {
  const button = event.target instanceof HTMLElement ? event.target.closest("[data-copy]") : null;
  if (button === null) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
});
`;
