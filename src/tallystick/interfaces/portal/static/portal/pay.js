// Who ticks an invoice means the selected invoices. Listens while the event goes down, before the sum is asked for.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".pay-invoices input[name=invoice]")) return;
  const way = event.target.closest(".pay-way").querySelector("input[name=pay]");
  if (way) way.checked = true;
}, true);
// Further invoices come where the link to them stood, and the first of them has the focus. What was chosen beforehand
// stands first already, and not a second time in its place.
document.addEventListener("htmx:beforeSwap", (event) => {
  const link = event.detail.target;
  if (link.id !== "pay-more") return;
  const last = link.previousElementSibling;
  const known = new Set(Array.from(link.parentElement.querySelectorAll("input[name=invoice]"), (each) => each.id));
  document.addEventListener("htmx:afterSwap", () => {
    for (let each = last?.nextElementSibling; each; ) {
      const next = each.nextElementSibling;
      if (known.has(each.htmlFor)) each.remove();
      each = next;
    }
  }, { once: true });
  document.addEventListener("htmx:afterSettle", () => {
    last?.nextElementSibling?.querySelector("input:not(:disabled)")?.focus();
  }, { once: true });
});
