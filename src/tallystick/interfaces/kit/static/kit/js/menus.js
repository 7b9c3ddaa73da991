// Menus and filters open by themselves (popover); arrow keys move inside them.
(() => {
  document.addEventListener("toggle", (event) => {
    const list = event.target;
    if (event.newState !== "open" || !list.matches?.(".menu-list")) return;
    list.querySelector("a, button, input:not([type=hidden])")?.focus();
  }, true);

  document.addEventListener("keydown", (event) => {
    const list = event.target.closest?.("[data-menu]:popover-open");
    if (!list || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    const items = [...list.querySelectorAll("a, button")];
    const here = items.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    event.preventDefault();
    items[(next + items.length) % items.length]?.focus();
  });

  // A menu whose action was sent is done.
  document.addEventListener("submit", (event) => {
    event.target.closest("[popover]:popover-open")?.hidePopover();
  });
})();
