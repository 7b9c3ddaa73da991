// Beside an amount: how it will be read. The server reads it again, by the same rules, and decides.
(() => {
  function read(box) {
    const { decimal, group, locale, places } = box.dataset;
    const currency = box.querySelector("select")?.value ?? box.querySelector("[data-money-currency]").dataset.moneyCurrency;
    const allowed = Number(places.split(",").find((each) => each.startsWith(currency))?.split(":")[1] ?? 2);
    const bare = box.querySelector("input").value.trim().replace("\u2212", "-");
    const blank = /^\s$/.test(group);
    const [whole, fraction, ...more] = (blank ? bare.replace(/\s/g, group) : bare).split(decimal);
    const digits = whole.replace(/^-/, "").split(group);
    const grouped = digits.length === 1 || (digits.slice(1).every((part) => part.length >= 2 && part.length <= 3) && digits.at(-1).length === 3);
    if (more.length || !grouped || !digits.every((part) => /^[0-9]+$/.test(part))) return "";
    if (fraction !== undefined && !(/^[0-9]+$/.test(fraction) && fraction.length <= allowed)) return "";
    const plain = `${whole.startsWith("-") ? "-" : ""}${digits.join("")}${fraction ? `.${fraction}` : ""}`;
    const format = new Intl.NumberFormat(locale, {
      style: "currency", currency, minimumFractionDigits: allowed, maximumFractionDigits: allowed, numberingSystem: "latn",
    });
    return format.format(plain).replace("-", "\u2212");
  }

  function echo(box) {
    const output = box.parentElement.querySelector("[data-money-echo]");
    if (output) output.textContent = box.querySelector("input").value.trim() ? read(box) : "";
  }

  document.addEventListener("input", (event) => {
    const box = event.target.closest?.("[data-money]");
    if (box) echo(box);
  });
})();
