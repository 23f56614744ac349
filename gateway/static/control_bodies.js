// "Type for searching...": names of control bodies while one types. Without this script the button beside it searches.
"use strict";

const field = document.querySelector("input[data-suggestions]");
const list = document.getElementById("control-bodies");
let waiting;

async function suggest() {
  const address = new URL(field.dataset.suggestions, location.href);
  address.searchParams.set("text", field.value);
  const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" }).catch(() => null);
  if (!answer || !answer.ok) return;
  const { items } = await answer.json();
  list.replaceChildren(...items.map(({ name, country }) => new Option(country, name)));
}

if (field && list) {
  field.addEventListener("input", () => {
    // What was chosen below belonged to the words that stood here before.
    for (const choice of document.querySelectorAll('input[name="control_body_id"]')) choice.checked = false;
    clearTimeout(waiting);
    if (field.value.trim().length > 1) waiting = setTimeout(suggest, 200);
  });
}
