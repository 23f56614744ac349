// Lists with ticks: the number that is selected, and the box on top that stands for all countries of a control body.
// Without this script the boxes are sent as they are; the next page shows what "all" means, and each can be taken off.
"use strict";

const form = document.getElementById("ticks");

function rowsOf(body) {
  return [...form.querySelectorAll(`input[data-body="${body}"]`)];
}

function withoutOf(post) {
  return form.querySelector(`input[name="without"][value="${post}"]`);
}

function except(post, isOut) {
  const there = withoutOf(post);
  if (isOut && !there) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "without", value: post });
    form.append(field);
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
  const box = form.querySelector(`input[name="all_of"][value="${row.dataset.body}"]`);
  if (box && box.checked) {
    except(row.value, !row.checked);
    box.indeterminate = rowsOf(row.dataset.body).some((one) => !one.checked);
  }
}

function count() {
  const sentence = form.querySelector(".count");
  // Not ":checked": that leaves out a box in its mixed state, which is sent all the same.
  const all = [...form.querySelectorAll('input[name="all_of"]')].filter((box) => box.checked);
  const bodies = new Set(all.map((box) => box.value));
  const rows = [...form.querySelectorAll('input[name="post_ids"]:checked')].filter((row) => !bodies.has(row.dataset.body));
  const left = [...form.querySelectorAll('input[name="without"]')].length;
  const total = rows.length + all.reduce((sum, box) => sum + Number(box.dataset.number), 0) - (all.length ? left : 0);
  sentence.dataset.nothing ??= sentence.textContent;
  sentence.textContent = total ? `${sentence.dataset.selected} ${total}` : sentence.dataset.nothing;
}

if (form && form.querySelector(".count")) {
  form.addEventListener("change", ({ target }) => {
    if (target.name === "all_of") tickAll(target);
    else if (target.dataset.body) tickOne(target);
    count();
  });
  count();
}
