// The rules for a password while one types, and a button that shows it. The server decides; this only tells early.
"use strict";

const password = document.querySelector('input[name="password"]');
const rules = document.getElementById("password-rules");

// As shared/domain/passwords.py: letters and digits of any alphabet, whatever is neither is special.
const CLASSES = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u];

function isLong(text) {
  const length = [...text.normalize("NFC")].length;
  const { phrase, short } = rules.dataset;
  return length >= Number(phrase) || (length >= Number(short) && CLASSES.every((one) => one.test(text)));
}

function isFreeOfNames(text) {
  const typed = text.toLowerCase();
  const words = rules.dataset.names.toLowerCase().split(/[^\p{L}]+/u);
  return !words.some((word) => word.length >= 4 && typed.includes(word));
}

const MET = { long: isLong, names: isFreeOfNames };

function tell() {
  let unmet = 0;
  for (const rule of rules.querySelectorAll("[data-rule]")) {
    const met = password.value !== "" && MET[rule.dataset.rule](password.value);
    rule.classList.toggle("met", met);
    unmet += met ? 0 : 1;
  }
  const told = document.getElementById("password-met");
  told.textContent = password.value === "" ? "" : unmet ? told.dataset.unmet : told.dataset.met;
}

function showButton() {
  const { show, hide } = rules.dataset;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "secondary reveal", textContent: show });
  button.addEventListener("click", () => {
    const isHidden = password.type === "password";
    for (const field of document.querySelectorAll('input[autocomplete="new-password"]')) field.type = isHidden ? "text" : "password";
    button.textContent = isHidden ? hide : show;
    password.focus();
  });
  return button;
}

if (password && rules) {
  password.addEventListener("input", tell);
  rules.append(showButton());
}
