// Where one is: who, in which conversation, at which thread. It stands in the address behind the #, so that a link shows
// the same again.

const defaults = { as: "U0ADA", in: "C0HELP", thread: "", theme: "", pane: "chat" };

export const place = { ...defaults };
let told = () => {};

function read() {
	Object.assign(place, defaults);
	for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in defaults) place[key] = value;
	if (!panes.includes(place.pane)) place.pane = defaults.pane;
}

const panes = ["chat", "thread", "system"];

// onMove calls f with the place that was left after every change of place.
export function onMove(f) {
	told = f;
	read();
	addEventListener("hashchange", () => {
		const left = { ...place };
		read();
		f(left);
	});
}

// go changes some of it. Another conversation, thread or pane can be left by the browser's Back.
export function go(change) {
	const left = { ...place };
	Object.assign(place, change);
	const p = new URLSearchParams();
	for (const key in defaults) if (place[key] !== defaults[key]) p.set(key, place[key]);
	const elsewhere = ["in", "thread", "pane"].some(key => place[key] !== left[key]);
	history[elsewhere ? "pushState" : "replaceState"](null, "", p.size ? "#" + p : location.pathname);
	told(left);
}
