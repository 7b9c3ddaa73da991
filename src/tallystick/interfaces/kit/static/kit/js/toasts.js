// Short answers at the corner. The server sends them with a page, or by the event "kit:toast" {text, tone}.
(() => {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const LINGER = 6000;

  function watch(toast) {
    // What went wrong stays until it is read; the rest leaves, but not from under a pointer or the focus.
    if (["error", "danger", "warning"].includes(toast.dataset.tone)) return;
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, LINGER / 2);
      else toast.remove();
    };
    setTimeout(leave, LINGER);
  }

  function show(text, tone) {
    // In the top layer, so that an open dialog does not cover it.
    region.popover = "manual";
    if (region.matches(":popover-open")) region.hidePopover();
    region.showPopover();
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.dataset.tone = tone;
    toast.querySelector(".toast-text").textContent = text;
    region.append(toast);
    watch(toast);
  }

  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  });
  document.addEventListener("kit:toast", (event) => show(event.detail.text, event.detail.tone ?? "neutral"));
  for (const [event, said] of [["htmx:responseError", "failed"], ["htmx:sendError", "offline"]]) {
    document.addEventListener(event, ({ detail }) => {
      // A dialog says it itself.
      if (!detail.target?.closest?.("dialog[data-dialog]")) show(document.documentElement.dataset[said], "danger");
    });
  }
  region.querySelectorAll("[data-toast]").forEach(watch);
})();
