// A field that finds a customer or an invoice while one types (ARIA combobox with a list that filters itself).
(() => {
  let number = 0;

  function enhance(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "yes";
    const input = box.querySelector("[data-picker-input]");
    const value = box.querySelector("[data-picker-value]");
    const list = box.querySelector("[data-picker-list]");
    const status = box.querySelector("[data-picker-status]");
    const clear = box.querySelector("[data-picker-clear]");
    const prefix = `picker-${(number += 1)}`;
    let latest = 0;
    let timer = 0;

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    const options = () => [...list.querySelectorAll("[role=option]")];
    const active = () => list.querySelector("[aria-selected=true]");

    function show(on) {
      list.hidden = !on;
      input.setAttribute("aria-expanded", String(on));
      if (!on) mark(null);
    }
    function mark(option) {
      active()?.setAttribute("aria-selected", "false");
      if (option) {
        option.setAttribute("aria-selected", "true");
        option.scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", option.id);
      } else {
        input.removeAttribute("aria-activedescendant");
      }
    }
    function choose(option) {
      value.value = option.dataset.value;
      input.value = option.dataset.label;
      clear.hidden = false;
      show(false);
      box.parentElement.querySelector(".picker-candidates")?.remove();
      value.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function forget() {
      if (!value.value) return;
      value.value = "";
      clear.hidden = true;
      value.dispatchEvent(new Event("change", { bubbles: true }));
    }
    async function find() {
      const query = input.value.trim();
      const mine = (latest += 1);
      if (!query && !("offersFirst" in box.dataset)) return show(false);
      const address = `${box.dataset.source}?${new URLSearchParams({ q: query, prefix })}`;
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      // A slow answer must not replace a newer one.
      if (!answer.ok || mine !== latest) return undefined;
      // The server escaped what people wrote; setHTML is not everywhere yet.
      list.innerHTML = await answer.text();
      const count = options().length;
      status.textContent = count === 1 ? status.dataset.one : count ? status.dataset.many.replace("{count}", count) : status.dataset.none;
      show(true);
      return undefined;
    }

    input.addEventListener("input", () => {
      forget();
      clearTimeout(timer);
      timer = setTimeout(find, 150);
    });
    // A short list is offered before anything is typed.
    input.addEventListener("click", () => {
      if ("offersFirst" in box.dataset && !input.value && list.hidden) find();
    });
    input.addEventListener("keydown", (event) => {
      const all = options();
      const here = all.indexOf(active());
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) find();
        else if (all.length) mark(all[(here + (event.key === "ArrowDown" ? 1 : here < 0 ? 0 : -1) + all.length) % all.length]);
      } else if (event.key === "Enter" && !list.hidden && (active() || all.length === 1)) {
        event.preventDefault();
        choose(active() ?? all[0]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        show(false);
      }
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
    input.addEventListener("blur", () => show(false));
    clear.addEventListener("click", () => {
      forget();
      input.value = "";
      input.focus();
    });
    clear.hidden = !value.value;
  }

  const all = (root) => root.querySelectorAll("[data-picker]").forEach(enhance);
  document.addEventListener("htmx:load", (event) => all(event.target));
  all(document);
})();
