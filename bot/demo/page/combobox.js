// An input with a list of what fits (www.w3.org/WAI/ARIA/apg/patterns/combobox).

import { element } from "./dom.js";

let made = 0;

// combobox lets input offer options: suggest(typed) returns them, each with text and perhaps description, or
// nothing if there is nothing to say; choose(option) takes one. With empty, the list opens before anything is typed.
export function combobox(input, { suggest, choose, none = "", empty = false }) {
	const id = `options-${++made}`;
	const options = element("ul", { class: "options", id, role: "listbox", "aria-label": input.getAttribute("aria-label") || "Options" });
	let offered = [], active = -1, asked = 0;

	input.setAttribute("role", "combobox");
	input.setAttribute("aria-autocomplete", "list");
	input.setAttribute("aria-controls", id);
	input.setAttribute("autocomplete", "off");
	if (!input.parentElement.classList.contains("combo")) {
		const box = element("div", { class: "combo" });
		input.replaceWith(box);
		box.append(input);
	}
	input.after(options);
	close();

	function close() {
		offered = [];
		options.replaceChildren();
		options.hidden = true;
		mark(-1);
		input.setAttribute("aria-expanded", "false");
	}

	function mark(i) {
		active = i;
		[...options.children].forEach((o, n) => o.setAttribute("aria-selected", String(n === i)));
		if (i < 0) input.removeAttribute("aria-activedescendant");
		else {
			input.setAttribute("aria-activedescendant", options.children[i].id);
			options.children[i].scrollIntoView({ block: "nearest" });
		}
	}

	async function ask() {
		const mine = ++asked;
		const found = await suggest(input.value);
		if (mine !== asked) return; // something else was typed meanwhile
		offered = found || [];
		options.replaceChildren(...offered.map((o, n) => element("li", { id: `${id}-${n}`, role: "option", text: o.text, "aria-selected": "false" },
			...(o.description ? [element("small", { text: o.description })] : []))));
		if (found && !offered.length && none) options.replaceChildren(element("li", { class: "none", role: "option", "aria-disabled": true, "aria-selected": "false", text: none }));
		options.hidden = !options.children.length;
		input.setAttribute("aria-expanded", String(!options.hidden));
		mark(-1);
	}

	function take(i) {
		const option = offered[i];
		asked++;
		close();
		choose(option);
		input.focus();
	}

	input.addEventListener("input", ask);
	if (empty) input.addEventListener("click", ask);
	input.addEventListener("blur", () => { asked++; close(); });
	input.addEventListener("keydown", event => {
		const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (move && offered.length) {
			event.preventDefault();
			mark((active + move + (active < 0 && move < 0 ? 1 : 0) + offered.length) % offered.length);
		} else if (move === 1 && empty) {
			event.preventDefault();
			ask();
		} else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
			event.preventDefault();
			take(active);
		} else if (event.key === "Escape" && !options.hidden) {
			event.preventDefault();
			event.stopPropagation();
			asked++;
			close();
		}
	});
	options.addEventListener("pointerdown", event => event.preventDefault()); // the input keeps the focus
	options.addEventListener("click", event => {
		const i = [...options.children].indexOf(event.target.closest("li"));
		if (i >= 0 && offered[i]) take(i);
	});
	return { close };
}
