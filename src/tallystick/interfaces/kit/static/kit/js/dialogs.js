// Dialogs and drawers: the browser makes the rest inert and gives focus back; we close the last gaps.
(() => {
  const FOCUSABLE =
    "a[href], button:not([disabled]), input:not([disabled], [type=hidden]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex='0']";
  const openers = new WeakMap();

  function open(dialog, opener) {
    if (dialog.open) return;
    openers.set(dialog, opener ?? document.activeElement);
    dialog.showModal();
  }

  // Older browsers do not know command and commandfor.
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "show-modal") open(dialog, button);
      else dialog.close();
    });
  }

  document.addEventListener("command", (event) => {
    if (event.command === "show-modal") openers.set(event.target, event.source);
  }, true);

  // Tab stays inside: browsers would go on to their own toolbar.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const dialog = document.activeElement?.closest("dialog[data-dialog]");
    if (!dialog) return;
    const stops = [...dialog.querySelectorAll(FOCUSABLE)].filter((each) => each.checkVisibility() && each.tabIndex >= 0);
    // From whatever has the focus, such as a text that scrolls: the browser goes on while there is anything to go on to.
    const way = event.shiftKey ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
    if (!stops.some((each) => document.activeElement.compareDocumentPosition(each) & way)) {
      event.preventDefault();
      (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }
  });

  // A click on the backdrop closes, but only when it began there: not the end of a text selection.
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = event.target; });
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (dialog !== pressed || !dialog.matches?.("dialog[data-dialog]")) return;
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });

  document.addEventListener("close", (event) => {
    const dialog = event.target;
    if (!dialog.matches?.("dialog[data-dialog]")) return;
    const opener = openers.get(dialog);
    if (opener?.isConnected) opener.focus();
    openers.delete(dialog);
    const body = dialog.querySelector("#kit-dialog-body, #kit-drawer-body");
    if (body) body.replaceChildren();
  }, true);

  function name(dialog, heading) {
    if (!heading) return;
    heading.id ||= `${dialog.id}-title`;
    dialog.setAttribute("aria-labelledby", heading.id);
  }

  // A page that htmx put into the shared dialog or drawer is shown; its heading names it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target.closest?.("dialog[data-dialog]");
    // A part of a page that is open already, such as a preview, leaves the focus where it is.
    if (!dialog || !event.detail.target.matches("#kit-dialog-body, #kit-drawer-body")) return;
    name(dialog, dialog.querySelector("h1, h2"));
    open(dialog, event.detail.requestConfig?.elt);
    const field = dialog.querySelector("[autofocus], :is(input:not([type=hidden]), select, textarea):not(:disabled)");
    // Of options, the one that is chosen.
    const options = field?.type === "radio" ? [...field.form.querySelectorAll("input[type=radio]:checked")] : [];
    (options.find((each) => each.name === field.name) ?? field)?.focus();
  });

  // What was asked for in a dialog and not given is said there, above what was typed.
  function refuse(event, title, text) {
    const dialog = event.detail.target?.closest?.("dialog[data-dialog]");
    const body = dialog?.querySelector("#kit-dialog-body, #kit-drawer-body");
    if (!body) return;
    const notice = document.getElementById("refusal-template").content.firstElementChild.cloneNode(true);
    const [heading, sentence] = notice.querySelectorAll("p");
    heading.textContent = title;
    sentence.textContent = text;
    sentence.hidden = !text;
    body.querySelector("[data-refusal]")?.remove();
    body.prepend(notice);
    if (!dialog.open) name(dialog, heading);
    open(dialog, event.detail.requestConfig?.elt);
    notice.focus();
  }

  // The page that a server answers a failure with says why.
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const said = (part) => page.querySelector(`.error-page ${part}`)?.textContent.trim() ?? "";
    refuse(event, said("h1") || document.documentElement.dataset.failed, said(".error-text"));
  });
  document.addEventListener("htmx:sendError", (event) => refuse(event, document.documentElement.dataset.offline, ""));
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.target.closest?.("dialog[data-dialog]")?.querySelector("[data-refusal]")?.remove();
  });
})();
