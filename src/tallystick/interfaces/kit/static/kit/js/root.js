// Runs before the page is drawn, so that what needs scripts is there at once and nothing jumps.
document.documentElement.classList.add("scripted");
