// What is behind the scenes: the bot's process, trouble, the machines, the wire.

import { $, element, followEnd, list, send, text } from "./dom.js";
import { write } from "./composer.js";
import { go } from "./place.js";

const switches = [
	["drop", "Slack drops the connection after each event"],
	["redeliver", "Slack delivers everything twice"],
	["throttle", "Graph throttles every call (429)"],
	["lose", "Graph erases, and its answer is lost"],
];

export function showSystem(state) {
	showBot(state.bot, state.hears);
	list($("troubles"), switches, s => s[0], ([name, label]) => {
		const box = element("input", { type: "checkbox", role: "switch", id: `trouble-${name}` });
		box.addEventListener("change", () => send("trouble", { name, on: box.checked }));
		return element("li", {}, element("label", {}, box, element("span", { text: label })));
	}, (e, [name]) => { e.querySelector("input").checked = state.troubles[name]; });
	list($("fleet"), state.fleet, m => m.name, makeMachine, showMachine);
	showWire(state.wire);
}

let running = true;

function showBot(bot, hears) {
	running = bot.running;
	const [word, more] = !bot.running ? ["○ Not running", `: ${bot.exit}`]
		: !hears ? ["◐ Connecting to Slack", ""]
		: ["● Running", ` as process ${bot.pid}${bot.kills ? `, killed ${bot.kills}×` : ""}`];
	text($("bot-state"), word);
	$("bot-state").className = bot.running ? hears ? "on" : "wait" : "off";
	text($("bot-more"), more);
	text($("kill"), bot.running ? "Kill the bot" : "Start the bot");
	$("kill").classList.toggle("start", !bot.running);
}

$("kill").addEventListener("click", () => send(running ? "kill" : "start"));

function makeMachine(m) {
	const name = element("button", { type: "button", text: m.name, title: `Type /reprovision ${m.name}` });
	name.addEventListener("click", () => {
		go({ pane: "chat" });
		write(`/reprovision ${m.name} `);
	});
	return element("li", {}, name, element("span", { class: "status" }), element("span", { class: "about" }), element("span", { class: "erased" }),
		...(m.note ? [element("span", { class: "note", text: m.note })] : []));
}

const words = { provisioned: "ready", provisioning: "being rebuilt", provisionedWithWarnings: "ready, warnings", failed: "failed" };

function showMachine(e, m) {
	const [, status, about, erased] = e.children;
	text(status, words[m.status] || m.status);
	status.className = "status" + (m.status === "provisioning" ? " busy" : m.status === "failed" ? " failed" : "");
	text(about, `${m.user} · ${m.policy}`);
	text(erased, `erased ${m.erased}×`);
	erased.classList.toggle("some", m.erased > 0);
}

const arrows = { "slack-in": "→", "slack-out": "←", graph: "↑", socket: "·" };

const wireEnd = followEnd($("wire"));

function showWire(events) {
	list($("wire"), events, e => e.id, e => element("li", {},
		element("time", { text: new Date(e.at).toLocaleTimeString([], { hour12: false }) }),
		element("span", { class: "way", text: arrows[e.way] }),
		element("span", {}, element("span", { class: "what", text: short(e.what) + " " }), element("span", { class: "how" }))),
	(li, e) => {
		text(li.lastChild.lastChild, e.how + (e.n > 1 ? `  ×${e.n}` : ""));
		li.classList.toggle("bad", Boolean(e.bad));
	});
	wireEnd.follow();
}

// short leaves out what is the same in every path.
const short = what => what.replace("/deviceManagement/virtualEndpoint", "").replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{6}([0-9a-f]{6})/g, "…$1");
