// Says when no passkey came about, where the sign-in library would only write to the console.
(() => {
  const { failed, known } = document.currentScript.dataset;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const text = event.detail.exception.name === "InvalidStateError" ? known : failed;
    document.dispatchEvent(new CustomEvent("kit:toast", { detail: { text, tone: "danger" } }));
  });
  // The Enter key would send the form without a passkey.
  const button = document.querySelector("[data-passkey]");
  button?.form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
})();
