// Tabs that point into the page show one panel at a time; without scripts all panels stand below one another. Where not
// all tabs fit, the present one is brought into sight.
(() => {
  function enhance(nav) {
    const links = [...nav.querySelectorAll('a[href^="#"]')];
    const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
    if (!links.length || panels.includes(null)) return;
    const label = nav.getAttribute("aria-label");
    const list = document.createElement("div");
    list.className = nav.className;
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", label);
    list.append(...links);
    nav.replaceWith(list);

    function choose(index, focus) {
      links.forEach((link, at) => {
        link.setAttribute("aria-selected", String(at === index));
        link.tabIndex = at === index ? 0 : -1;
        panels[at].hidden = at !== index;
      });
      if (focus) links[index].focus();
    }
    links.forEach((link, index) => {
      link.setAttribute("role", "tab");
      link.removeAttribute("aria-current");
      link.id ||= `tab-${panels[index].id}`;
      link.setAttribute("aria-controls", panels[index].id);
      panels[index].setAttribute("role", "tabpanel");
      panels[index].setAttribute("aria-labelledby", link.id);
      panels[index].tabIndex = 0;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        choose(index, true);
      });
      link.addEventListener("keydown", (event) => {
        const forward = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
        const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
        const next = { [forward]: index + 1, [back]: index - 1, Home: 0, End: links.length - 1 }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        choose((next + links.length) % links.length, true);
      });
    });
    choose(Math.max(0, links.findIndex((link) => link.hash === location.hash)), false);
  }
  function reveal(tab) {
    const [nav, here] = [tab.parentElement.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (here.left < nav.left || here.right > nav.right) tab.parentElement.scrollLeft += here.left - nav.left;
  }
  function all(root) {
    root.querySelectorAll("[data-tabs]").forEach(enhance);
    root.querySelectorAll(".tabs > [aria-current]").forEach(reveal);
  }
  document.addEventListener("htmx:load", (event) => all(event.target));
  all(document);
})();
