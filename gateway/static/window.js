// The window in which a request is confirmed (R57): the page that the button leads to, shown over the list. Closing it
// sends nothing (R60). Without this script it is a page.
"use strict";

async function confirmation(form, button) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form, button) }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main .window");
}

function show(content, back) {
  const dialog = document.createElement("dialog");
  // The bar of the list has this id already; only a page with errors has links to it.
  content.querySelector("#post_ids")?.removeAttribute("id");
  const heading = content.querySelector("h1");
  heading.id = "window-title";
  heading.tabIndex = -1;
  heading.autofocus = true;
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(content);
  for (const link of dialog.querySelectorAll("a[data-close]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    back.focus();
  });
  document.querySelector("main").append(dialog);
  dialog.showModal();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  // More results, another language, and a press without a tick are answered by pages.
  if (form.id !== "ticks" || button?.name || !form.querySelector("input:checked")) return;
  event.preventDefault();
  const content = await confirmation(form, button);
  if (content) show(content, button);
  else form.submit();
});
