// The line in which people type: messages, and the command with its completion.

import { $, send } from "./dom.js";
import { combobox } from "./combobox.js";
import { here } from "./chat.js";
import { place } from "./place.js";

const line = $("line");
const history = [];
let fleet = [], recalled = 0;

export const knowFleet = machines => { fleet = machines; };

// write puts a command into the line, for the person to send.
export function write(command) {
	line.value = command;
	line.focus();
	line.setSelectionRange(command.length, command.length);
}

const verbs = {
	mine: "your own Cloud PC, with your own sign-in",
	status: "what becomes of a request or a machine", list: "what waits and what runs", history: "past requests", cancel: "withdraw a request",
	freeze: "hold every call not yet sent", unfreeze: "let them go on", help: "what you may do",
};
const options = ["os=windows11", "os=windows10", "account=standardUser", "account=administrator", 'reason="', "notify=no"];

// complete offers what may stand where the cursor is.
function complete(typed) {
	const words = typed.split(" ");
	const last = words.at(-1).toLowerCase();
	const fits = o => o.text.toLowerCase().startsWith(last) && o.text.toLowerCase() !== last;
	if (!typed.startsWith("/") || (typed.match(/"/g) || []).length % 2) return;
	if (words.length === 1) return [{ text: "/reprovision", description: "ask to have a Cloud PC rebuilt" }].filter(fits);
	if (words[0] !== "/reprovision") return;
	const machines = fleet.map(m => ({ text: m.name, description: m.user }));
	if (words.length === 2) return [...machines, ...Object.entries(verbs).map(([text, description]) => ({ text, description }))].filter(fits);
	if (["status", "history"].includes(words[1]) && words.length === 3) return machines.filter(fits);
	if (words[1] in verbs) return;
	return options.filter(o => !typed.includes(" " + o.split("=")[0] + "=")).map(text => ({ text })).filter(fits);
}

const list = combobox(line, {
	suggest: complete,
	choose: option => {
		const words = line.value.split(" ");
		words[words.length - 1] = option.text;
		write(words.join(" ") + (option.text.endsWith('"') ? "" : " "));
	},
});

line.addEventListener("keydown", event => {
	if (event.defaultPrevented || line.value && line.value !== history[recalled]) return;
	const to = { ArrowUp: recalled - 1, ArrowDown: recalled + 1 }[event.key];
	if (to >= 0 && to <= history.length) {
		event.preventDefault();
		recalled = to;
		write(history[to] || "");
	}
});

$("composer").addEventListener("submit", async event => {
	event.preventDefault();
	const typed = line.value.trim();
	if (!typed) return;
	list.close();
	line.value = "";
	history.push(typed);
	recalled = history.length;
	await send("type", { as: place.as, channel: here().id, text: typed });
});
