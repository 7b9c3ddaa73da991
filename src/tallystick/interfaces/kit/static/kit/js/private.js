// Shows what of a description the customer sees: all before the first # that has no backslash.
(() => {
  function split(text) {
    const at = text.search(/(?<!\\)#/);
    const open = (part) => part.replaceAll("\\#", "#").trim();
    return at < 0 ? [open(text), null] : [open(text.slice(0, at)), open(text.slice(at + 1))];
  }
  function preview(input) {
    const box = document.getElementById(input.dataset.privateText);
    if (!box) return;
    const [seen, hidden] = split(input.value);
    const open = box.querySelector("[data-public]");
    open.textContent = seen || open.dataset.nothing;
    open.classList.toggle("is-nothing", !seen && Boolean(input.value.trim()));
    box.querySelector("[data-private-line]").hidden = hidden === null;
    box.querySelector("[data-private]").textContent = hidden ?? "";
  }
  const all = (root) => root.querySelectorAll("[data-private-text]").forEach(preview);
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-private-text]")) preview(event.target);
  });
  document.addEventListener("htmx:load", (event) => all(event.target));
  all(document);
})();
