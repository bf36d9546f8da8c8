/* A select that one can type in. The select stays in the form and keeps the value. */

import { controller } from "./controller.js";

controller("[data-combobox]", (box) => {
  const select = box.querySelector("select");
  const list = element("ul", { className: "combobox-list", role: "listbox", id: `${select.id}-list`, hidden: true });
  const input = element("input", { type: "text", className: "input", role: "combobox", id: `${select.id}-input`, autocomplete: "off" });
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  let active = -1;

  input.placeholder = box.dataset.placeholder ?? "";
  input.disabled = select.disabled;
  input.required = select.required;
  for (const [name, value] of [["aria-controls", list.id], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) {
    input.setAttribute(name, value);
  }
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  if (label) {
    label.htmlFor = input.id;
    list.setAttribute("aria-label", label.textContent);
  }
  select.hidden = true;
  select.required = false;
  box.append(input, list);
  showChosen();

  function showChosen() {
    input.value = select.value ? (select.selectedOptions[0]?.text ?? "") : "";
  }

  function matching() {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const typed = input.value !== (select.selectedOptions[0]?.text ?? "");
    return [...select.options].filter((option) => option.value && (!typed || words.every((word) => option.text.toLowerCase().includes(word))));
  }

  function open() {
    const found = matching();
    list.replaceChildren(...found.map(optionFor));
    if (!found.length) list.append(element("li", { className: "combobox-none", textContent: box.dataset.none, role: "presentation" }));
    list.hidden = false;
    list.classList.toggle("above", input.getBoundingClientRect().bottom + list.offsetHeight > innerHeight);
    input.setAttribute("aria-expanded", "true");
    mark(found.findIndex((option) => option.selected));
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function optionFor(option) {
    const item = element("li", { role: "option", id: `${list.id}-${option.index}`, textContent: option.text });
    item.setAttribute("aria-selected", String(option.selected));
    item.dataset.value = option.value;
    return item;
  }

  function mark(place) {
    const all = [...list.querySelectorAll('[role="option"]')];
    active = all.length ? Math.max(-1, Math.min(place, all.length - 1)) : -1;
    all.forEach((item, index) => item.classList.toggle("active", index === active));
    const item = all[active];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  }

  function choose(value) {
    select.value = value;
    showChosen();
    close();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function settle() {
    if (!input.value.trim() && select.value) choose("");
    showChosen();
    close();
  }

  input.addEventListener("input", open);
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("blur", settle);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[data-value]");
    if (item) choose(item.dataset.value);
  });
  input.addEventListener("keydown", (event) => {
    const chosen = list.querySelector(".active");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open();
      else mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen && !list.hidden) {
      event.preventDefault();
      choose(chosen.dataset.value);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      showChosen();
      close();
    }
  });
});

function element(name, properties) {
  const made = Object.assign(document.createElement(name), properties);
  if (properties.role) made.setAttribute("role", properties.role);
  return made;
}
