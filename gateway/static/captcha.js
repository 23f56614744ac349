// "Continue without a code": the browser works for some seconds, in the place of eyes and ears (docs/decisions/0017).
// Without this script, or on plain http, where browsers do no cryptography, nothing is offered: the code is typed.
"use strict";

const part = document.getElementById("captcha");
const sentence = document.getElementById("captcha-status");
const SPARE = 30_000; // milliseconds that an answer has left at least when it is sent
const RENEWALS = 11; // an hour
let working = false;

function say(words, look = "") {
  sentence.className = look;
  sentence.textContent = words;
}

// The workers share the numbers among them; two leave something of the machine to the person.
async function solve(challenge, timeout) {
  const count = Math.min(navigator.hardwareConcurrency || 1, 2);
  const workers = Array.from({ length: count }, () => new Worker(part.dataset.worker));
  const found = workers.map((worker, counterStart) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data?.derivedKey ? resolve(data) : reject(new Error("not solved")));
    worker.onerror = reject;
    worker.postMessage({ type: "work", challenge, counterStart, counterStep: count, timeout });
  }));
  return Promise.any(found).finally(() => workers.forEach((worker) => worker.terminate()));
}

// What proves the work for the code of a page, and until when it is best sent; null when that code is too old.
async function proofFor(code) {
  const answer = await fetch(code.dataset.work, { redirect: "error" });
  if (!answer.ok) return null;
  const { challenge, seconds_left } = await answer.json();
  const left = seconds_left * 1000 - SPARE;
  if (left <= 0) return null;
  const end = performance.now() + left;
  const solution = await solve(challenge, left);
  return { id: code.querySelector("[name=captcha_id]").value, text: btoa(JSON.stringify({ challenge, solution })), end };
}

// Codes live for five minutes, people take longer over forms: the same page, asked for again, brings another one.
async function anotherCode() {
  const answer = await fetch(location.href, { redirect: "error" });
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("captcha");
}

function fillIn(proof, renewals) {
  part.querySelector("[name=captcha_id]").value = proof.id;
  part.querySelector("[name=captcha_solution]").value = proof.text;
  // When this fails the server says what to do.
  const renew = async () => fillIn(await proofFor(await anotherCode()), renewals - 1);
  if (renewals > 0) setTimeout(() => renew().catch(() => {}), Math.max(proof.end - performance.now(), 1000));
}

async function work() {
  if (working) return;
  working = true;
  const begun = performance.now();
  say(sentence.dataset.working);
  const telling = setInterval(() => say(`${sentence.dataset.still} ${Math.round((performance.now() - begun) / 1000)} s`), 5000);
  try {
    fillIn((await proofFor(part)) ?? (await proofFor(await anotherCode())), RENEWALS);
    const code = part.querySelector(".code");
    const hadFocus = code.contains(document.activeElement);
    code.hidden = true;
    part.classList.remove("wrong");
    say(sentence.dataset.done, "note sent");
    if (hadFocus) sentence.focus();
  } catch {
    say(sentence.dataset.failed, "error");
  } finally {
    clearInterval(telling);
    working = false;
  }
}

if (part && window.Worker && window.crypto?.subtle) {
  for (const offer of part.querySelectorAll(".offer")) offer.hidden = false;
  document.getElementById("without-code").addEventListener("click", work);
}
