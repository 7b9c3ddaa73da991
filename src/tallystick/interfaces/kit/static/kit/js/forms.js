// A form is sent once; after a refusal the summary of errors has the focus.
(() => {
  function busy(form, submitter, on) {
    form.toggleAttribute("data-sending", on);
    const button = submitter ?? form.querySelector("button:not([type]), button[type=submit]");
    if (!button) return;
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Not form.method: a field of that name would stand in its place.
    if (form.getAttribute("method")?.toLowerCase() !== "post" || event.defaultPrevented) return;
    if (form.hasAttribute("data-sending")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy(form, event.submitter, true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) form.querySelectorAll("[aria-busy]").forEach((button) => busy(form, button, false));
  });
  // The back button shows the page as it was left: sendable again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sending]").forEach((form) => {
      busy(form, form.querySelector("[aria-busy]"), false);
    });
  });

  function focusSummary(root) {
    root.querySelector("[data-focus]")?.focus();
  }
  document.addEventListener("htmx:afterSettle", (event) => focusSummary(event.target));
  focusSummary(document);
})();
