// Lists with ticks: the number that is selected, and the box on top that stands for several rows, such as all countries
// of a control body. The form says in "data-rows" what the boxes of its rows are called.
// Without this script the boxes are sent as they are; the next page shows what "all" means, and each can be taken off.
"use strict";

const NAMED = 5; // names in the bar at the most

const list = () => document.getElementById("ticks");

function rowsOf(body) {
  return [...list().querySelectorAll(`input[data-body="${body}"]`)];
}

function except(post, isOut) {
  const there = list().querySelector(`input[name="without"][value="${post}"]`);
  if (isOut && !there) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "without", value: post });
    list().append(field);
  } else if (!isOut && there) {
    there.remove();
  }
}

function tickAll(box) {
  box.indeterminate = false;
  for (const row of rowsOf(box.value)) {
    row.checked = box.checked;
    except(row.value, false);
  }
}

function tickOne(row) {
  const box = list().querySelector(`input[name="all_of"][value="${row.dataset.body}"]`);
  if (box && box.checked) {
    except(row.value, !row.checked);
    box.indeterminate = rowsOf(row.dataset.body).some((one) => !one.checked);
  }
}

// Not ":checked" for the boxes on top: that leaves out one in its mixed state, which is sent all the same.
const wholes = () => [...list().querySelectorAll('input[name="all_of"]')].filter((box) => box.checked);

function singles() {
  const bodies = new Set(wholes().map((box) => box.value));
  const rows = [...list().querySelectorAll(`input[name="${list().dataset.rows}"]:checked`)];
  return rows.filter((row) => !bodies.has(row.dataset.body));
}

const leftOut = () => (wholes().length ? [...list().querySelectorAll('input[name="without"]')] : []);

function count() {
  const sentence = list()?.querySelector(".count");
  if (!sentence) return;
  const total = singles().length + wholes().reduce((sum, box) => sum + Number(box.dataset.number), 0) - leftOut().length;
  sentence.dataset.nothing ??= sentence.textContent;
  sentence.textContent = total ? `${sentence.dataset.selected} ${total}` : sentence.dataset.nothing;
  showNames();
}

// Who is selected, and who of a whole is not: by name, as far as there is room.
function showNames() {
  const chips = list().querySelector(".chips");
  const boxes = [...wholes(), ...singles()];
  chips.replaceChildren(...boxes.slice(0, NAMED).map((box) => chip(box, chips.dataset.take)), ...more(boxes, "li"));
  chips.hidden = list().querySelector(".clear").hidden = !boxes.length;
  const left = list().querySelector(".left-out");
  const names = leftOut().map(({ value }) => rowNamed(value)).filter(Boolean);
  left.replaceChildren(`${left.dataset.left} ${names.slice(0, NAMED).join("; ")} `, ...more(leftOut(), "span", names.length));
  left.hidden = !names.length;
}

const rowNamed = (post) => list().querySelector(`input[data-name][value="${post}"]`)?.dataset.name;

function more(all, tag, named = all.length) {
  const unnamed = all.length - Math.min(named, NAMED);
  const { more: words } = list().querySelector(".chips").dataset;
  return unnamed ? [Object.assign(document.createElement(tag), { textContent: words.replace("{}", unnamed) })] : [];
}

function chip(box, take) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: box.dataset.name });
  button.setAttribute("aria-label", take.replace("{}", box.dataset.name));
  button.addEventListener("click", () => {
    const place = [...list().querySelectorAll(".chip")].indexOf(button);
    untick(box);
    (list().querySelectorAll(".chip")[place] ?? list().querySelector(".chip") ?? list().querySelector(".count")).focus();
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function untick(box) {
  box.checked = false;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

// The list is another one after each search, so the document listens.
document.addEventListener("change", ({ target }) => {
  if (!target.closest("#ticks")) return;
  if (target.name === "all_of") tickAll(target);
  else if (target.dataset.body) tickOne(target);
  count();
  for (const wrong of list().querySelectorAll(".bar .error")) wrong.remove(); // what was wrong is another number now
});
document.addEventListener("click", ({ target }) => {
  if (!target.closest("#ticks .clear")) return;
  [...wholes(), ...singles()].forEach(untick);
  list().querySelector(".count").focus();
});
document.addEventListener("list-shown", count);
window.addEventListener("pageshow", count); // going back, the browser sets the boxes when this script has run
count();
