// Lists with ticks: the number that is selected, and the box on top that stands for several rows, such as all countries
// of a control body. The form says in "data-rows" what the boxes of its rows are called.
// Without this script the boxes are sent as they are; the next page shows what "all" means, and each can be taken off.
"use strict";

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

function selected() {
  // Not ":checked": that leaves out a box in its mixed state, which is sent all the same.
  const all = [...list().querySelectorAll('input[name="all_of"]')].filter((box) => box.checked);
  const bodies = new Set(all.map((box) => box.value));
  const rows = [...list().querySelectorAll(`input[name="${list().dataset.rows}"]:checked`)].filter((row) => !bodies.has(row.dataset.body));
  const left = [...list().querySelectorAll('input[name="without"]')].length;
  return rows.length + all.reduce((sum, box) => sum + Number(box.dataset.number), 0) - (all.length ? left : 0);
}

function count() {
  const sentence = list()?.querySelector(".count");
  if (!sentence) return;
  const total = selected();
  sentence.dataset.nothing ??= sentence.textContent;
  sentence.textContent = total ? `${sentence.dataset.selected} ${total}` : sentence.dataset.nothing;
}

// The list is another one after each search, so the document listens.
document.addEventListener("change", ({ target }) => {
  if (!target.closest("#ticks")) return;
  if (target.name === "all_of") tickAll(target);
  else if (target.dataset.body) tickOne(target);
  count();
  for (const wrong of list().querySelectorAll(".bar .error")) wrong.remove(); // what was wrong is another number now
});
document.addEventListener("list-shown", count);
count();
