// Dialogs that ask before a press counts, and forms.

import { $, element, send } from "./dom.js";
import { place } from "./place.js";
import { combobox } from "./combobox.js";

const ask = $("ask"), form = $("form"), content = $("form-content");
let asked = ""; // the ts of the message that a dialog is about

// askFirst shows the dialog of a button, and calls confirmed if the answer is yes. The dialog is a copy: the message may be
// redrawn meanwhile.
export function askFirst(dialog, ts, confirmed, button) {
	asked = ts;
	const copy = element("div", { class: "bk" });
	copy.append(...[...dialog.cloneNode(true).childNodes]);
	ask.replaceChildren(copy);
	ask.querySelector("h2").id = "ask-title";
	copy.addEventListener("click", event => {
		const answer = event.target.closest("[data-answer]")?.dataset.answer;
		if (answer || event.target.closest(".bk-x")) ask.close();
		if (answer === "confirm") confirmed();
	});
	ask.addEventListener("close", () => { if (button.isConnected) button.focus(); }, { once: true });
	ask.showModal();
	ask.querySelector("[data-answer=confirm]").focus();
}

// forgetUnless closes a dialog about a message that is there no more.
export function forgetUnless(there) {
	if (ask.open && !there(asked)) ask.close();
}

let shown = ""; // the id of the form that is open
let drawn = "";

// showForm shows the topmost of the forms that the person has open.
export function showForm(forms) {
	const top = forms.at(-1);
	if (!top) {
		shown = drawn = "";
		if (form.open) form.close();
		return;
	}
	if (top.id === shown && top.html === drawn) return;
	const entered = top.id === shown ? values(true) : {};
	const focus = top.id === shown ? document.activeElement?.dataset.block : undefined;
	shown = top.id;
	drawn = top.html;
	content.innerHTML = top.html;
	form.querySelector("h2").id = "form-title";
	for (const e of inputs()) {
		const was = entered[e.dataset.block]?.[e.dataset.action];
		if (was) restore(e, was);
		if (e.matches("input[role=combobox]")) menu(e, top.id);
	}
	describeErrors();
	if (!form.open) form.showModal();
	const first = form.querySelector(".bk-error")?.closest(".bk-input").querySelector("[data-action]")
		|| focus && inputs().find(e => e.dataset.block === focus) || inputs()[0];
	first?.focus();
}

const inputs = () => [...form.querySelectorAll("[data-action]")];

// describeErrors ties what the app complains of to its input, for screen readers.
function describeErrors() {
	for (const e of form.querySelectorAll(".bk-error")) {
		const input = e.closest(".bk-input").querySelector("[data-action]");
		e.id = `error-${input.dataset.block}`;
		input.setAttribute("aria-describedby", e.id);
		input.setAttribute("aria-invalid", "true");
	}
}

// menu lets an input search what the app offers.
function menu(input, view) {
	input.addEventListener("input", () => { input.dataset.value = ""; });
	combobox(input, {
		empty: true,
		none: "Nothing fits.",
		suggest: typed => send("suggest", { as: place.as, view, block: input.dataset.block, action: input.dataset.action, typed }),
		choose: option => {
			input.value = option.text;
			input.dataset.value = option.value;
		},
	});
}

// values is what was entered, by block_id and action_id. With raw, it is what restore needs.
function values(raw) {
	const all = {};
	for (const e of inputs()) {
		let value = e.value;
		if (e.matches("select")) value = e.selectedOptions[0]?.dataset.value;
		else if (e.matches("[type=radio]")) {
			if (!e.checked) continue;
			value = e.dataset.value;
		} else if (e.matches("[role=combobox]")) {
			if (raw) value = { text: e.value, value: e.dataset.value };
			else if (e.dataset.value === undefined) continue; // as the app had it
			else value = e.dataset.value;
		}
		if (value !== undefined) (all[e.dataset.block] ??= {})[e.dataset.action] = value;
	}
	return all;
}

function restore(e, was) {
	if (e.matches("select")) [...e.options].forEach(o => { o.selected = o.dataset.value === was; });
	else if (e.matches("[type=radio]")) e.checked = e.dataset.value === was;
	else if (e.matches("[role=combobox]")) {
		e.value = was.text;
		if (was.value !== undefined) e.dataset.value = was.value;
	} else e.value = was;
}

function dismiss() {
	if (shown) send("close", { as: place.as, view: shown });
}

form.addEventListener("submit", event => {
	event.preventDefault();
	for (const e of form.querySelectorAll(".bk-error.here")) e.remove();
	send("submit", { as: place.as, view: shown, values: values() }, (block, why) => {
		const input = inputs().find(e => e.dataset.block === block);
		input.closest(".bk-input").append(element("div", { class: "bk-error here", role: "alert", text: why }));
		describeErrors();
		input.focus();
	});
});
form.addEventListener("click", event => {
	if (event.target.closest("[data-answer=close], .bk-x")) dismiss();
});
form.addEventListener("cancel", event => {
	event.preventDefault();
	dismiss();
});
