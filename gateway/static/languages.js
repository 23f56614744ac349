// The list of languages closes when one leaves it or presses Escape, so that it hides nothing that has the focus
// (WCAG 2.4.11). Without this script a press on its name closes it.
"use strict";

const languages = document.querySelector("details.languages");

languages.addEventListener("focusout", ({ relatedTarget }) => {
  if (relatedTarget && !languages.contains(relatedTarget)) languages.open = false;
});
languages.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !languages.open) return;
  languages.open = false;
  languages.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  if (!languages.contains(target)) languages.open = false;
});
