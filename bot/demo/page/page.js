// The page: it shows what one person sees, anew after every change, and sends what that person does.

import { $, send, text, toast } from "./dom.js";
import { onMove, place, go } from "./place.js";
import { showChat } from "./chat.js";
import { showForm } from "./forms.js";
import { knowFleet } from "./composer.js";
import { showSystem } from "./system.js";
import { showTour } from "./tour.js";

let events, state;

function show() {
	if (state?.as !== place.as) return; // what comes is somebody else's still
	knowFleet(state.fleet);
	showChat(state);
	showForm(state.forms);
	showSystem(state);
	showTour(state.tour);
	document.body.dataset.ready = state.as;
}

// The sixth tab of one address waits for one of the others to be closed, so what nobody looks at does not listen.
document.addEventListener("visibilitychange", () => document.hidden ? events?.close() : listen());

// listen shows what the person sees until another person is chosen.
function listen() {
	events?.close();
	const as = place.as;
	events = new EventSource(`events?${new URLSearchParams({ as: place.as, zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}`);
	events.onmessage = event => {
		state = JSON.parse(event.data);
		if (as !== state.as) go({ as: state.as }); // nobody has the id in the address
		show();
	};
	events.onerror = () => toast("The demo has ended, or is starting again.");
}

const themes = { "": "auto", light: "light", dark: "dark" };

function apply() {
	document.body.dataset.pane = place.pane;
	for (const name of ["light", "dark"]) document.documentElement.classList.toggle(`bk-${name}`, place.theme === name);
	text($("theme-name"), themes[place.theme] || "auto");
	for (const tab of document.querySelectorAll(".tabs button")) tab.setAttribute("aria-current", String(tab.dataset.pane === place.pane));
}

onMove(left => {
	apply();
	if (left.as !== place.as) listen();
	show();
});

$("theme").addEventListener("click", () => {
	const names = Object.keys(themes);
	go({ theme: names[(names.indexOf(place.theme) + 1) % names.length] });
});
$("reset").addEventListener("click", async () => {
	await send("reset");
	go({ thread: "" });
});
$("shortcut").addEventListener("click", () => send("shortcut", { as: place.as }));
$("thread-close").addEventListener("click", () => go({ thread: "", pane: innerWidth < 820 ? "chat" : "system" }));
for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => go({ pane: tab.dataset.pane }));

apply();
listen();
