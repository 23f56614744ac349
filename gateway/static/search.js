// Search as you type: the same page is asked for, and its list put in the place of the one that is shown. What is ticked
// is sent along, and comes back above the list. Without this script the button searches.
"use strict";

const PAUSE = 350; // milliseconds without a key before anything is asked

const filters = document.querySelector("form[role=search]");
const told = document.getElementById("found-told");
const UNPROCESSABLE = 422; // nobody can search for that; the page says why

let waiting;
let asked = new AbortController();

function address() {
  const wanted = new URL(filters.action);
  for (const [name, value] of new FormData(filters)) if (value.trim()) wanted.searchParams.set(name, value.trim());
  return wanted;
}

const ticked = () => document.querySelector("#ticks input:checked");

function ask(wanted, signal) {
  const ticks = document.getElementById("ticks");
  if (!ticked()) return fetch(wanted, { signal, redirect: "error" });
  const sent = new FormData(ticks);
  sent.set("show", "on");
  return fetch(wanted, { method: "POST", body: sent, signal, redirect: "error" });
}

async function answered(wanted, signal) {
  const answer = await ask(wanted, signal);
  // Logged out, too many searches: the button says it better.
  if (!(answer.ok || answer.status === UNPROCESSABLE)) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function search() {
  asked.abort();
  asked = new AbortController();
  const wanted = address();
  if (!wanted.search && ticked()) return; // without a filter there is no list to tick in
  const page = await answered(wanted, asked.signal).catch(() => null); // another one is asked for, or no network
  const found = page?.getElementById("results");
  if (!found) return;
  document.getElementById("results").replaceWith(found);
  history.replaceState(null, "", wanted);
  filters.querySelector("button").className = page.querySelector("form[role=search] button").className;
  told.textContent = (page.querySelector(".field .error") ?? found.querySelector("h2"))?.textContent ?? "";
  document.dispatchEvent(new Event("list-shown"));
}

if (filters && told) {
  filters.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  filters.addEventListener("submit", () => {
    clearTimeout(waiting);
    asked.abort(); // what the button asks for is on its way; nothing is put in the list any more
  });
}
