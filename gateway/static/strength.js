// How soon a program would guess what is typed, in words, by zxcvbn-ts. It only advises: the rules decide.
"use strict";

const field = document.querySelector('input[name="password"]');
const told = document.getElementById("password-strength");
const PAUSE = 200; // milliseconds without a key: it is read out, and not at every letter
const LONGEST = 100; // characters looked at; more take longer and change nothing
const WORDS = ["weak", "weak", "fair", "good", "strong"]; // by zxcvbn's score

let estimator;

// Half a megabyte, most of it common passwords: only for those who type one.
async function load(addresses) {
  for (const src of addresses) {
    await new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }));
    });
  }
  const { dictionary, adjacencyGraphs } = zxcvbnts["language-common"];
  return new zxcvbnts.core.ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: LONGEST });
}

async function tellStrength() {
  const { library, names } = document.getElementById("password-rules").dataset;
  estimator ??= load(library.split(" ")).catch(() => (estimator = null)); // tried again at the next letter
  const loaded = await estimator;
  if (!loaded) return;
  const { score } = loaded.check(field.value, names.split(/\s+/));
  const meter = document.querySelector("#password-rules meter");
  meter.hidden = field.value === "";
  meter.value = Math.max(score, 1);
  told.textContent = meter.hidden ? "" : told.dataset[WORDS[score]];
}

if (field && told) {
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(tellStrength, PAUSE);
  });
}
