// Without a request for half an hour a log-in is over. Ten minutes before, the page says so once, and a press puts it off
// (WCAG 2.2.1). Without this script the page to log in says what happened.
"use strict";

const notice = document.getElementById("time-limit");
const words = document.getElementById("time-limit-words");
let end;
let before; // what had the focus when the notice came

function wait() {
  clearTimeout(end);
  notice.replaceChildren();
  end = setTimeout(warn, Number(notice.dataset.after) * 1000);
}

function warn() {
  notice.append(words.content.cloneNode(true));
  before = document.activeElement;
  notice.querySelector("button").addEventListener("click", stay);
}

async function stay() {
  const answer = await fetch(notice.dataset.stay, { cache: "no-store", redirect: "error" }).catch(() => null);
  if (!answer?.ok) return;
  wait();
  before.focus({ preventScroll: true });
}

if (notice && words) wait();
