// Choosing rows: all of the page, ranges with Shift, and how many there are.
(() => {
  let last = null;
  const boxes = (rows) => [...rows.querySelectorAll("tbody input[name=selected]")];

  function count(rows) {
    const all = boxes(rows);
    const chosen = all.filter((box) => box.checked).length;
    const head = rows.querySelector("[data-choose-all]");
    if (head) {
      head.checked = chosen > 0 && chosen === all.length;
      head.indeterminate = chosen > 0 && chosen < all.length;
    }
    const text = rows.querySelector("[data-bulk-count]");
    if (text) text.textContent = text.dataset.chosen.replace("{count}", chosen);
  }

  document.addEventListener("click", (event) => {
    const rows = event.target.closest?.(".list-rows");
    if (!rows) return;
    if (event.target.closest("[data-choose-none]")) boxes(rows).forEach((box) => { box.checked = false; });
    else if (event.target.matches("[data-choose-all]")) boxes(rows).forEach((box) => { box.checked = event.target.checked; });
    else if (event.target.matches("input[name=selected]")) {
      const all = boxes(rows);
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
      }
      last = event.target;
    } else return;
    count(rows);
  });
})();
