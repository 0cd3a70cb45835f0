// Nothing on a page needs this. It reads a page aloud, remembers larger words from page to page, keeps what was typed over
// "back" and "reload".
"use strict";
(() => {
  const main = document.querySelector("main");

  const larger = document.getElementById("reading");
  try {
    const kept = localStorage.getItem("larger");
    if (kept !== null && !larger.checked) larger.checked = kept === "yes";  // easy read has them larger from the beginning
    larger.addEventListener("change", () => localStorage.setItem("larger", larger.checked ? "yes" : "no"));
  } catch { /* a browser that keeps nothing */ }

  const button = document.querySelector(".aloud");
  const voice = window.speechSynthesis;
  if (button && voice && window.SpeechSynthesisUtterance) {
    const start = button.textContent;
    const done = () => { button.textContent = start; };
    button.hidden = false;
    button.addEventListener("click", () => {
      if (voice.speaking || voice.pending) { voice.cancel(); done(); return; }
      const said = new SpeechSynthesisUtterance(main.innerText);
      said.lang = document.documentElement.lang;
      said.onend = said.onerror = done;
      voice.speak(said);
      button.textContent = button.dataset.stop;
    });
    addEventListener("pagehide", () => voice.cancel());
  }

  // What is typed and not sent yet: in this tab alone, until it is sent; never a name or a password.
  const ours = (tag) => `main form[method=post] ${tag}[autocomplete=off][name]`;
  const fields = [...document.querySelectorAll(`${ours("textarea")}, ${ours("input[type=text]")}`)];
  const said = document.querySelector(".problem");  // a form that came back has what was typed already
  const key = (field) => `typed ${location.pathname} ${field.name}`;
  try {
    for (const field of fields) {
      const typed = sessionStorage.getItem(key(field));
      if (typed !== null && !said) field.value = typed;
      field.addEventListener("input", () => sessionStorage.setItem(key(field), field.value));
    }
    addEventListener("submit", (sent) => {
      if (sent.target.closest("header")) sessionStorage.clear();  // signing out, and forgetting
      for (const field of fields) sessionStorage.removeItem(key(field));
    });
  } catch { /* the same */ }
})();
