// Who ticks an invoice means the selected invoices. Listens while the event goes down, before the sum is asked for.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".pay-invoices input[name=invoice]")) return;
  const way = event.target.closest(".pay-way").querySelector("input[name=pay]");
  if (way) way.checked = true;
}, true);
// Further invoices come where the link to them stood, and the first of them has the focus.
document.addEventListener("htmx:beforeSwap", (event) => {
  const link = event.detail.target;
  if (link.id !== "pay-more") return;
  const last = link.previousElementSibling;
  document.addEventListener("htmx:afterSettle", () => {
    last?.nextElementSibling?.querySelector("input:not(:disabled)")?.focus();
  }, { once: true });
});
