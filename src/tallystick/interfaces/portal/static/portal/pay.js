// Who ticks an invoice means the selected invoices. Listens while the event goes down, before the sum is asked for.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".pay-invoices input[name=invoice]")) return;
  const way = event.target.closest(".pay-way").querySelector("input[name=pay]");
  if (way) way.checked = true;
}, true);
