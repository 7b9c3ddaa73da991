// The command palette: `/` or Ctrl K. Pages of the navigation are there at once, what the server finds follows.
(() => {
  const palette = document.querySelector("[data-palette]");
  if (!palette) return;
  const form = palette.querySelector("form");
  const input = palette.querySelector("input");
  const results = palette.querySelector("[data-palette-results]");
  const status = palette.querySelector("[data-palette-status]");
  let timer = 0;
  let latest = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", results.id);
  results.setAttribute("role", "listbox");
  results.setAttribute("aria-label", input.getAttribute("aria-label"));

  const entries = () => [...results.querySelectorAll("[role=option]")];
  const active = () => results.querySelector("[aria-selected=true]");

  function mark(entry) {
    active()?.setAttribute("aria-selected", "false");
    if (!entry) return input.removeAttribute("aria-activedescendant");
    entry.id ||= `palette-${entries().indexOf(entry)}`;
    entry.setAttribute("aria-selected", "true");
    entry.scrollIntoView({ block: "nearest" });
    return input.setAttribute("aria-activedescendant", entry.id);
  }

  function pages(query) {
    const links = [...document.querySelectorAll("[data-palette-source] a[href]")];
    const fits = links.filter((link) => link.querySelector("span").textContent.toLowerCase().includes(query));
    if (!fits.length) return [];
    const group = document.createElement("div");
    group.className = "palette-group";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", status.dataset.pages);
    const heading = document.createElement("p");
    heading.className = "palette-heading";
    heading.setAttribute("aria-hidden", "true");
    heading.textContent = status.dataset.pages;
    group.append(heading);
    fits.forEach((link) => {
      const entry = document.createElement("a");
      entry.className = "palette-entry";
      entry.href = link.href;
      entry.tabIndex = -1;
      entry.setAttribute("role", "option");
      entry.setAttribute("aria-selected", "false");
      const symbol = link.querySelector("svg");
      if (symbol) entry.append(symbol.cloneNode(true));
      const label = document.createElement("span");
      label.className = "palette-label";
      label.textContent = link.querySelector("span").textContent;
      entry.append(label);
      group.append(entry);
    });
    return [group];
  }

  async function find() {
    const query = input.value.trim();
    const mine = (latest += 1);
    results.replaceChildren(...pages(query.toLowerCase()));
    mark(entries()[0]);
    const answer = await fetch(`${form.getAttribute("action")}?${new URLSearchParams({ q: query })}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || mine !== latest) return;
    const found = document.createElement("template");
    found.innerHTML = await answer.text();
    // Things found come before pages once something was typed.
    if (query) results.prepend(found.content);
    else results.append(found.content);
    mark(entries()[0]);
    if (!entries().length) status.textContent = status.dataset.none;
  }

  function open() {
    if (!palette.open) palette.showModal();
  }
  new MutationObserver(() => {
    if (!palette.open) return;
    input.value = "";
    find();
    input.focus();
  }).observe(palette, { attributes: true, attributeFilter: ["open"] });

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, 120);
  });
  input.addEventListener("keydown", (event) => {
    const all = entries();
    const here = all.indexOf(active());
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      mark(all[(here + step + all.length) % all.length]);
    } else if (event.key === "Enter" && active()) {
      event.preventDefault();
      active().click();
    } else if (event.key === "Escape") {
      // A search field would only empty itself at first.
      event.preventDefault();
      palette.close();
    }
  });
  results.addEventListener("pointermove", (event) => {
    const entry = event.target.closest("[role=option]");
    if (entry && entry !== active()) mark(entry);
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
    const asked = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    if (!asked || event.altKey || document.querySelector("dialog[open]:not([data-palette])")) return;
    event.preventDefault();
    open();
  });
})();
