// Where the mail is: asked anew after one second, two, four, ... while it waits. Without this script a reload does it.
"use strict";

const LONGEST = 60; // seconds between two questions

async function look(pause) {
  const shown = document.getElementById("mail-state");
  const answer = await fetch(location.href, { cache: "no-store", redirect: "error" }).catch(() => null);
  if (answer?.ok) {
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("mail-state");
    if (!found) return; // a day has passed
    // The element itself stays: what changes inside of it is read out.
    if (found.dataset.state !== shown.dataset.state) shown.replaceChildren(...found.childNodes);
    shown.dataset.state = found.dataset.state;
  }
  lookAgain(Math.min(2 * pause, LONGEST));
}

function lookAgain(pause) {
  const state = document.getElementById("mail-state").dataset.state;
  if (state === "waiting") setTimeout(look, pause * 1000, pause);
}

lookAgain(1);
